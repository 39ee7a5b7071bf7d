"""What people may change about themselves."""

from accounts.models import User
from foundation import http
from foundation.errors import NotFound
from journal import audit, unit

EDITABLE = ("display_name", "language")


@unit.deed
def edit_profile(actor: User, *, changes: dict[str, str], if_match: str | None) -> User:
    """Change fields of one's own profile (`EDITABLE`). ``if_match`` is compared under the lock."""
    user = User.objects.select_for_update(of=("self",)).select_related("agency").filter(pk=actor.pk).first()
    if user is None:
        raise NotFound
    http.matches(if_match, user)
    changed = sorted(name for name in EDITABLE if name in changes and getattr(user, name) != changes[name])
    if not changed:
        return user
    for name in changed:
        setattr(user, name, changes[name])
    user.version += 1
    user.save(update_fields=[*changed, "version"])
    # The names of the fields only: what a citizen writes does not belong in the trail.
    audit.record(actor, "profile.changed", subject=("user", user.pk), fields=changed)
    return user
