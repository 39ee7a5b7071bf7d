"""How users are made and found."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import BaseUserManager

from foundation import ids

if TYPE_CHECKING:
    from accounts.models import User

SYSTEM = "system"


def phone_hash(phone: str) -> str:
    """The look-up key of a phone number in E.164 form."""
    return ids.keyed_hash("phone", phone)


def phone_tail_hash(phone: str) -> str:
    """The look-up key of a phone number's last four digits."""
    return ids.keyed_hash("phone-tail", phone[-4:])


class UserManager(BaseUserManager["User"]):
    """Users by kind."""

    def system(self) -> "User":
        """The service itself, as an actor: made on first use."""
        user, _ = self.get_or_create(username=SYSTEM, defaults={"kind": "system", "display_name": "系统"})
        return user

    def create_staff(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """A member of staff; ``agency`` is needed."""
        user: User = self.model(username=self.model.normalize_username(username), kind="staff", **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def citizen(self, phone: str) -> "User":
        """The citizen behind a phone number (E.164, ``+86…``), made on first sight. Safe against a race."""
        known = self.filter(phone_hash=phone_hash(phone)).first()
        if known is not None:
            return known
        new_id = ids.new_id()
        user, _ = self.get_or_create(
            phone_hash=phone_hash(phone),
            defaults={
                "id": new_id,
                "kind": "citizen",
                "username": str(new_id),
                "phone": phone,
                "phone_tail_hash": phone_tail_hash(phone),
                "password": "!",
            },
        )
        return user
