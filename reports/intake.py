"""From a body to a report's fields. Nothing is refused: what is not as it should be is left out or mended, and named.

Pure: no database, no clock. The place is made of ``position`` later (`reports.placing`), because that asks the province.
"""

import base64
import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import phonenumbers

from foundation import ids
from foundation.errors import FieldError
from foundation.http import MAX_KEY
from reports import limits, quick_codes
from reports.bodies import Body, NumberText
from reports.models import Report

# A phone may have been without network for long, or have a wrong clock. Beyond these its time says nothing.
OLDEST = timedelta(days=30)
NEWEST = timedelta(days=1)

KINDS = frozenset(Report.Kind.values)
NIL = uuid.UUID(int=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Intake:
    """A report as it was understood. ``key`` is ``None`` where every sending must be taken for a new report."""

    key: str | None
    content: Any
    kind: str
    position: Any
    address: str = ""
    description: str = ""
    quick_codes: list[str] = field(default_factory=list)
    contact_phone: str | None = None
    callback_allowed: bool = True
    reported_at: datetime | None = None
    battery_pct: float | None = None
    network: str = ""
    app_version: str = ""
    journey_id: uuid.UUID | None = None
    needs_review: tuple[FieldError, ...] = ()
    raw: bytes = b""

    @property
    def raw_base64(self) -> str:
        """The first 64 KiB as they came, in Base64."""
        return base64.b64encode(self.raw).decode()


def understand(body: Body, *, header_key: str | None, received_at: datetime) -> Intake:
    """Read every field for itself, so that one that is wrong spoils no other."""
    form = _Form(body)
    kind = form.kind()
    return Intake(
        key=form.key(header_key),
        content=body.content,
        kind=kind or Report.Kind.ONE_TAP,
        position=form.position(),
        address=form.text("address", limits.ADDRESS_CHARS),
        description=form.text("description", limits.DESCRIPTION_CHARS),
        quick_codes=form.quick_codes(),
        contact_phone=form.phone(),
        callback_allowed=form.callback_allowed(kind),
        reported_at=form.moment("reported_at", received_at),
        battery_pct=form.percentage("battery_pct"),
        network=form.text("network", limits.SHORT_TEXT_CHARS),
        app_version=form.text("app_version", limits.SHORT_TEXT_CHARS),
        journey_id=form.id("journey_id"),
        needs_review=tuple(form.remarks),
        raw=body.taken.head[: limits.RAW_BODY_BYTES],
    )


def storable(text: str) -> str:
    """The text without what a database refuses: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def e164(text: str) -> str | None:
    """A phone number in E.164 form (mainland where it names no country), or ``None`` where it can't be one."""
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class _Form:
    """The fields of one body, and the remarks that reading them has led to."""

    def __init__(self, body: Body) -> None:
        self.fields = body.fields
        self.readable = body.readable
        self.remarks = list(body.remarks)

    def remark(self, name: str, code: str, detail: str) -> None:
        """Flag a field for the dispatcher."""
        self.remarks.append(FieldError(name, code, detail))

    def required(self, name: str) -> Any:
        """A field that every report should have; an unreadable body is flagged once, not for each field."""
        value = self.fields.get(name)
        if value is None and self.readable:
            self.remark(name, "missing", "缺少该字段")
        return value

    def key(self, header: str | None) -> str | None:
        """The client's key: a UUID in ``client_uuid``, else the ``Idempotency-Key`` header, which may be any short text."""
        own = self.fields.get("client_uuid")
        if own is not None:
            found = ids.parse_id(own)
            if found is not None and found != NIL:
                return str(found)
            self.remark("client_uuid", "invalid", "不是有效的 UUID，无法识别重复发送")
        usable = _header_key(header)
        if usable is None and own is None:
            self.remark("client_uuid", "missing", "缺少 client_uuid，无法识别重复发送")
        return usable

    def kind(self) -> str | None:
        """The kind, or ``None`` where it can't be told."""
        value = self.required("kind")
        if value is None or (isinstance(value, str) and value in KINDS):
            return value
        mended = value.strip().lower() if isinstance(value, str) else ""
        self.remark("kind", "unknown", "未知的报警方式")
        return mended if mended in KINDS else None

    def callback_allowed(self, kind: str | None) -> bool:
        """Whether the police may call back. In doubt not: a ringing phone can betray someone who hides."""
        value = self.fields.get("callback_allowed")
        if isinstance(value, bool):
            return value
        if value is not None:
            self.remark("callback_allowed", "wrong_type", "应为 true 或 false，按禁止回拨处理")
            return False
        return kind is not None and kind != Report.Kind.SILENT

    def position(self) -> Any:
        """The position as it came, without characters that can't be stored."""
        value = self.required("position")
        cleaned = _storable_deep(value)
        if cleaned != value:
            self.remark("position", "characters", "含有无法保存的字符，已去除")
        return cleaned

    def text(self, name: str, limit: int) -> str:
        """Words; a number is taken for its digits."""
        value = self.fields.get(name)
        if value is None:
            return ""
        if not isinstance(value, str) or isinstance(value, NumberText):
            self.remark(name, "wrong_type", "应为文字")
            value = str(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else ""
        return self._fit(name, value, limit)

    def _fit(self, name: str, value: str, limit: int) -> str:
        cleaned = storable(value)
        if cleaned != value:
            self.remark(name, "characters", "含有无法保存的字符，已去除")
        if len(cleaned) > limit:
            self.remark(name, "too_long", f"超过 {limit} 字，仅显示前 {limit} 字")
        return cleaned[:limit]

    def phone(self) -> str | None:
        """The phone number in E.164 form, or as it came where it is none."""
        value = self.text("contact_phone", limits.PHONE_CHARS)
        if not value:
            return None
        number = e164(value)
        if number is None:
            self.remark("contact_phone", "invalid", "不是有效的电话号码，按原样保存")
        return number or value

    def quick_codes(self) -> list[str]:
        """The known codes, each once, in their order; a Chinese label is as good as its code."""
        value = self.fields.get("quick_codes")
        if value is None:
            return []
        if not isinstance(value, list):
            self.remark("quick_codes", "wrong_type", "应为列表")
            value = [value]
        given = [item.strip() if isinstance(item, str) else None for item in value[: limits.QUICK_CODES]]
        known = [code for item in given if item and (code := quick_codes.BY_LABEL.get(item, item)) in quick_codes.KNOWN]
        if len(known) < len(value):
            self.remark("quick_codes", "unknown", "含有未知的快捷代码，已略去")
        return list(dict.fromkeys(known))

    def percentage(self, name: str) -> float | None:
        """A number from 0 to 100."""
        value = self.fields.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.remark(name, "wrong_type", "应为数字")
            return None
        if not 0 <= value <= 100:
            self.remark(name, "absurd", "应在 0 到 100 之间")
            return None
        return float(value)

    def moment(self, name: str, received_at: datetime) -> datetime | None:
        """The phone's time (RFC 3339 with an offset), unless it can't be true."""
        value = self.required(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self.remark(name, "wrong_type", "应为 RFC 3339 时间")
            return None
        found = _moment(value)
        if found is None:
            self.remark(name, "invalid", "不是带时区的 RFC 3339 时间")
        elif not received_at - OLDEST <= found <= received_at + NEWEST:
            self.remark(name, "absurd", "与接收时间相差过大")
        else:
            return found
        return None

    def id(self, name: str) -> uuid.UUID | None:
        """An id."""
        value = self.fields.get(name)
        found = ids.parse_id(value)
        if value is not None and found is None:
            self.remark(name, "invalid", "不是有效的标识")
        return found


def _header_key(header: str | None) -> str | None:
    text = (header or "").strip()
    if not text or len(text) > MAX_KEY or not text.isprintable():
        return None
    found = ids.parse_id(text)
    if found is None:
        return text
    return None if found == NIL else str(found)


def _moment(text: str) -> datetime | None:
    if len(text) > 40 or not re.match(r"\d{4}-\d\d-\d\d[Tt ]", text):
        return None
    try:
        found = datetime.fromisoformat(text.upper())
        return found if found.utcoffset() is not None else None
    except ValueError:
        return None


def _storable_deep(value: Any) -> Any:
    """The value with every text in it made `storable`. Bodies are no deeper than `limits.BODY_DEPTH`."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable_deep(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): _storable_deep(item) for key, item in value.items()}
    return value
