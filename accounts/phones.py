"""Mainland mobile numbers: read in any usual spelling, kept in E.164, shown masked."""

import re
import unicodedata

import phonenumbers

from foundation.errors import Invalid

REGION = "CN"
COUNTRY_CODE = 86
MAX_LENGTH = 40

# 公众移动通信网号 by the Telecommunications Network Numbering Plan (2017): eleven digits from 13 to 19. The pattern and
# not the list of ranges in use: a list goes out of date, and the code sent there proves that the number exists.
MOBILE = re.compile(r"1[3-9][0-9]{9}")
# Spaces, hyphens (NFKC leaves the typographic ones), dots, brackets. Letters are refused: no vanity numbers here.
SPELLING = re.compile(r"\+?[0-9 ()./\-\u2010-\u2015]+")


def parse(text: str, *, field: str = "phone") -> str:
    """The number in E.164 (``+8613800000001``), or `Invalid` that names ``field``.

    Accepts ``13800000001``, ``+86 138-0000-0001``, ``0086…`` and full-width digits.
    """
    found = _mobile(unicodedata.normalize("NFKC", text).strip()) if len(text) <= MAX_LENGTH else None
    if found is None:
        raise Invalid.field(field, "invalid_phone", "Give a mainland mobile number, such as 13800000001.")
    return f"+{COUNTRY_CODE}{found}"


def _mobile(text: str) -> str | None:
    if not SPELLING.fullmatch(text):
        return None
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
    national = phonenumbers.national_significant_number(number)
    return national if number.country_code == COUNTRY_CODE and MOBILE.fullmatch(national) else None


def masked(phone: str | None) -> str:
    """A number in E.164 as others may see it, ``138****0001``; nothing for nobody's."""
    if not phone:
        return ""
    national = phone.removeprefix(f"+{COUNTRY_CODE}")
    return f"{national[:3]}****{national[-4:]}"
