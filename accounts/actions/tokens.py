"""Signing out: of this device, of another one, of the console."""

from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.models import Token, User
from foundation import ids
from foundation.errors import NotFound
from journal import audit, doorbell, unit


@unit.deed
def revoke(actor: User, *, token_id: str) -> None:
    """End one of the actor's own tokens, named by its ``public_id``; it holds nowhere any more, open sockets included."""
    row_id = ids.parse_id(token_id)
    token = Token.objects.select_for_update().filter(user=actor, public_id=row_id).first() if row_id else None
    if token is None:
        raise NotFound
    audit.record(actor, "user.signed_out", subject=("user", actor.pk), token_id=str(token.public_id))
    device = token.device
    token.delete()
    if device is not None and not device.tokens.exists():
        device.delete()
    transaction.on_commit(doorbell.recheck, robust=True)


@unit.deed
def end_session(actor: User, *, session_key: str) -> None:
    """End a session of the actor's. The key is the cookie's and no id: it is recorded nowhere."""
    Session.objects.filter(session_key=session_key).delete()
    audit.record(actor, "user.signed_out", subject=("user", actor.pk), session=True)
    transaction.on_commit(doorbell.recheck, robust=True)
