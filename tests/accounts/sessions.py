"""Sessions of staff as the sign-in page leaves them, without going through it."""

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User


def session_of(user: User, *, confirmed: bool = True, client: Client | None = None) -> str:
    """The key of a session in which this user has passed password and second factor; ``client`` then carries it."""
    device = TOTPDevice.objects.create(user=user, name="令牌", confirmed=confirmed)
    client = client or Client()
    client.force_login(user)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    assert session.session_key
    return session.session_key
