"""A text column whose content is unreadable in the database file."""

import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

NONCE_BYTES = 12


class Sealed(bytes):
    """Ciphertext as it lies in the database: key id (1 byte), nonce (12), AES-GCM output.

    ``values()`` and ``values_list()`` give this, not the text: open it with `EncryptedTextField.open`.
    """

    def __repr__(self) -> str:
        return f"<sealed, {len(self)} bytes>"

    __str__ = __repr__


class UnreadableError(Exception):
    """Ciphertext that no key opens for this row: a wrong key, or a value moved from another row."""


def seal(plain: str, *, identity: str) -> Sealed:
    """Encrypt text for one place (AES-256-GCM, NIST SP 800-38D); it opens only with the same ``identity``."""
    key_id, key = settings.FIELD_KEYS[0]
    nonce = os.urandom(NONCE_BYTES)
    return Sealed(bytes([key_id]) + nonce + AESGCM(key).encrypt(nonce, plain.encode(), identity.encode()))


def unseal(sealed: bytes, *, identity: str) -> str:
    """The text that was sealed for this ``identity``; `UnreadableError` where it was not."""
    keys = dict(settings.FIELD_KEYS)
    key = keys.get(sealed[0]) if sealed else None
    if key is None:
        raise UnreadableError(identity)
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, identity.encode()).decode()
    except (InvalidTag, ValueError) as error:  # ValueError: too short to be one
        raise UnreadableError(identity) from error


class _Unsealing:
    """Opens the ciphertext when the attribute is first read, because only then is the row's id at hand."""

    def __init__(self, field: "EncryptedTextField") -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        if self.field.attname not in instance.__dict__:
            instance.refresh_from_db(fields=[self.field.attname])
        value = instance.__dict__[self.field.attname]
        if isinstance(value, Sealed):
            value = unseal(value, identity=self.field.identity(instance))
            instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg]  # the stubs' field is generic, Django's is not
    """Text that is encrypted with the row's identity as associated data.

    ``None`` and ``""`` stay what they are apart (``""`` is encrypted). It can't be filtered on, nor written by
    ``update()`` or ``bulk_update()``, which do not know the row: keep a keyed hash beside it for look-ups. The row needs
    its id before it is inserted, so a numbered (auto-increment) row can get its text only in a second save.
    """

    # BinaryField's own ways with text (Base64 in, b"" for empty) are not ours.
    empty_values = [None, ""]

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        """Add the column, and the attribute that opens it."""
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _Unsealing(self))

    def identity(self, instance: models.Model) -> str:
        """The place that the ciphertext is bound to: table, column and row."""
        return self._identity_of(instance.pk)

    def _identity_of(self, pk: Any) -> str:
        # As the database will give it back: an id that was set as text is the same id.
        pk_field = self.model._meta.pk
        return f"{self.model._meta.label_lower}.{self.attname}:{pk_field.to_python(pk) if pk_field else pk}"

    def open(self, sealed: Sealed | None, *, pk: Any) -> str | None:
        """The text of a value that came from ``values()``, with its row's id."""
        return None if sealed is None else unseal(sealed, identity=self._identity_of(pk))

    def to_python(self, value: Any) -> Any:
        """Text stays text, in ``full_clean()`` and forms too."""
        return value

    def get_default(self) -> Any:
        """The default, or nothing."""
        return models.Field.get_default(self)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Sealed | None:
        """Keep the ciphertext until someone reads the attribute."""
        return None if value is None else Sealed(bytes(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Encrypt on the way to the database; what was never read goes back as it came."""
        value = model_instance.__dict__.get(self.attname)
        if value is None:
            return None
        if model_instance.pk is None:
            msg = f"{self.name} is encrypted for its row: the row needs its id before it is inserted"
            raise ValueError(msg)
        if not isinstance(value, Sealed):
            return seal(str(value), identity=self.identity(model_instance))
        if add:
            # A copy under another id would take along what only opens in the old row.
            unseal(value, identity=self.identity(model_instance))
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Refuse anything that did not come through `pre_save`."""
        if value is not None and not isinstance(value, Sealed):
            raise TypeError(self._refusal())
        return super().get_db_prep_value(value, connection, prepared)

    def get_lookup(self, lookup_name: str) -> Any:
        """Whether there is a value can be asked, and nothing else (patterns would compare with the ciphertext)."""
        if lookup_name not in {"isnull", "exact", "in"}:
            raise TypeError(self._refusal())
        return super().get_lookup(lookup_name)

    def _refusal(self) -> str:
        return f"{self.name} is encrypted: save the row; update() and filter() can't write or find it"

    def value_to_string(self, obj: models.Model) -> str:
        """Fixtures carry the ciphertext, never the text."""
        raise NotImplementedError("encrypted columns are not dumped")
