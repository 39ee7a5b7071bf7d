"""Taking on a member of staff."""

from typing import NoReturn

from django.core.exceptions import ValidationError
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from foundation.errors import Invalid
from geo.models import Agency
from journal import audit, unit


@unit.deed
def enrol_staff(
    actor: User,
    *,
    username: str,
    password: str,
    agency_code: str,
    roles: list[str],
    display_name: str = "",
    badge_number: str = "",
) -> tuple[User, str]:
    """Make a member of staff and a confirmed one-time-code device; `Invalid` names what can't be.

    The second value is the address (``otpauth://``) that an authenticator app takes the secret from: shown once.
    """
    if not Agency.objects.filter(code=agency_code).exists():
        _refuse("agency", "unknown", f"There is no agency {agency_code}.")
    user = User(
        username=User.normalize_username(username),
        kind=User.Kind.STAFF,
        agency_id=agency_code,
        roles=sorted(set(roles)),
        display_name=display_name,
        badge_number=badge_number,
    )
    user.set_password(password)
    try:
        user.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        _refuse(field, "invalid", " ".join(messages))
    user.save(force_insert=True)
    device = TOTPDevice.objects.create(user=user, name="TOTP", confirmed=True)
    audit.record(actor, "staff.enrolled", subject=("user", user.pk), username=user.username, roles=user.roles)
    return user, str(device.config_url)


def _refuse(field: str, code: str, detail: str) -> NoReturn:
    raise Invalid.field(field, code, detail)
