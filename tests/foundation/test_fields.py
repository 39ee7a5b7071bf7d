"""Encrypted text opens only in its own row, and empty is not nothing."""

import copy
import pickle
import uuid
from typing import Any

import pytest
from django import forms
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import connection, transaction
from rest_framework import serializers as rest

from accounts.models import User
from foundation import ids
from foundation.fields import Sealed, UnreadableError, seal, unseal
from journal.models import UsedKey

pytestmark = pytest.mark.django_db

PHONE = "+8613800000001"


@pytest.fixture
def user() -> User:
    return User.objects.citizen(PHONE)


def stored(user: User) -> bytes:
    """The column as it lies there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM accounts_user WHERE username = %s", [user.username])
        return bytes(cursor.fetchone()[0])


def test_it_works(user: User) -> None:
    assert User.objects.get(pk=user.pk).phone == PHONE
    assert b"138" not in stored(user)


@pytest.mark.parametrize("value", ["", None, "0", "救命\n\x00", "x" * 100_000])
def test_any_text_comes_back(user: User, value: str | None) -> None:
    user.phone = value
    user.save(update_fields=["phone"])
    assert User.objects.get(pk=user.pk).phone == value
    assert User.objects.filter(phone__isnull=True).exists() == (value is None)


def test_the_same_text_is_sealed_differently_each_time(user: User) -> None:
    before = stored(user)
    user.save(update_fields=["phone"])
    assert stored(user) != before


def test_ciphertext_of_another_row_does_not_open(user: User) -> None:
    other = User.objects.citizen("+8613800000002")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_user SET phone = (SELECT phone FROM accounts_user WHERE username = %s) WHERE username = %s",
            [user.username, other.username],
        )
    with pytest.raises(UnreadableError):
        _ = User.objects.get(pk=other.pk).phone
    assert User.objects.get(pk=user.pk).phone == PHONE


@pytest.mark.parametrize("harm", [lambda b: b[:-1], lambda b: b[:5], lambda b: b"", lambda b: b"\xff" + b[1:]])
def test_damaged_ciphertext_does_not_open(user: User, harm: Any) -> None:
    sealed = stored(user)
    with pytest.raises(UnreadableError):
        unseal(harm(sealed), identity=f"accounts.user.phone:{user.pk}")


def test_it_can_not_be_written_or_found_without_its_row(user: User) -> None:
    with pytest.raises(TypeError, match="encrypted"), transaction.atomic():
        User.objects.filter(pk=user.pk).update(phone=PHONE)
    with pytest.raises(TypeError, match="encrypted"), transaction.atomic():
        User.objects.bulk_update([user], ["phone"])
    for lookup in ("phone", "phone__contains", "phone__gt"):
        with pytest.raises(TypeError, match="encrypted"):
            User.objects.filter(**{lookup: PHONE}).exists()
    with pytest.raises(TypeError, match="encrypted"):
        User.objects.filter(phone__in=[PHONE]).exists()


def test_bulk_create() -> None:
    User.objects.bulk_create([User(username=f"u{n}", phone=f"+861380000000{n}") for n in range(3)])
    assert [u.phone for u in User.objects.order_by("username")] == [f"+861380000000{n}" for n in range(3)]


def test_an_id_that_was_set_as_text_is_the_same_id() -> None:
    text = str(ids.new_id()).upper()
    User.objects.create(id=text, username="upper", phone=PHONE)
    assert User.objects.get(pk=uuid.UUID(text)).phone == PHONE


def test_a_row_without_an_id_is_refused() -> None:
    with pytest.raises(ValueError, match="needs its id"):
        UsedKey.objects.create(owner="o", scope="s", key="k", fingerprint="f", answer="{}")


def test_refreshed(user: User) -> None:
    other = User.objects.get(pk=user.pk)
    other.phone = "+8613900000000"
    other.save()
    user.refresh_from_db()
    assert user.phone == "+8613900000000"
    user.phone = "unsaved"
    user.refresh_from_db(fields=["phone"])
    assert user.phone == "+8613900000000"


def test_deferred(user: User, django_assert_num_queries: Any) -> None:
    lean = User.objects.defer("phone").get(pk=user.pk)
    lean.display_name = "王芳"
    with django_assert_num_queries(1) as queries:
        lean.save()
    assert "phone" not in queries[0]["sql"].split("WHERE")[0].split("phone_hash")[0]
    with django_assert_num_queries(1):
        assert lean.phone == PHONE
    assert User.objects.only("phone").get(pk=user.pk).phone == PHONE


def test_a_save_that_never_read_it_leaves_it_as_it_was(user: User) -> None:
    before = stored(user)
    unread = User.objects.get(pk=user.pk)
    unread.display_name = "王芳"
    unread.save()
    assert stored(user) == before


def test_pickled_and_copied(user: User) -> None:
    unread = User.objects.get(pk=user.pk)
    assert PHONE.encode() not in pickle.dumps(unread)
    for again in (pickle.loads(pickle.dumps(unread)), copy.copy(unread), copy.deepcopy(unread)):  # noqa: S301  # ours
        assert again.phone == PHONE
    assert pickle.loads(pickle.dumps(user)).phone == PHONE  # noqa: S301  # ours


def test_a_copy_under_another_id_needs_to_have_been_read(user: User) -> None:
    twin = User.objects.get(pk=user.pk)
    twin.pk, twin.username, twin.phone_hash = ids.new_id(), "twin", None
    with pytest.raises(UnreadableError), transaction.atomic():
        twin.save(force_insert=True)
    twin = User.objects.get(pk=user.pk)
    assert twin.phone == PHONE
    twin.pk, twin.username, twin.phone_hash = ids.new_id(), "twin", None
    twin.save(force_insert=True)
    assert User.objects.get(pk=twin.pk).phone == PHONE


def test_values_give_the_ciphertext_which_can_be_opened(user: User) -> None:
    field: Any = User._meta.get_field("phone")
    (sealed,) = User.objects.values_list("phone", flat=True)
    (row,) = User.objects.values("id", "phone")
    assert isinstance(sealed, Sealed)
    assert "sealed" in f"{row}"
    assert field.open(sealed, pk=user.pk) == field.open(row["phone"], pk=row["id"]) == PHONE
    assert field.open(None, pk=user.pk) is None
    with pytest.raises(UnreadableError):
        field.open(sealed, pk=ids.new_id())


def test_a_new_key_seals_and_the_old_one_still_opens(user: User, settings: Any) -> None:
    ((old_id, old_key),) = settings.FIELD_KEYS
    settings.FIELD_KEYS = ((old_id + 1, b"n" * 32), (old_id, old_key))
    again = User.objects.get(pk=user.pk)
    assert again.phone == PHONE
    again.save(update_fields=["phone"])
    assert stored(user)[0] == old_id + 1
    settings.FIELD_KEYS = ((old_id + 1, b"n" * 32),)
    assert User.objects.get(pk=user.pk).phone == PHONE
    settings.FIELD_KEYS = ((old_id, old_key),)
    with pytest.raises(UnreadableError):
        _ = User.objects.get(pk=user.pk).phone


def test_a_seal_names_its_place() -> None:
    sealed = seal("x", identity="a.b:1")
    assert unseal(sealed, identity="a.b:1") == "x"
    with pytest.raises(UnreadableError):
        unseal(sealed, identity="a.b:2")
    assert "x" not in repr(sealed)


def test_full_clean_leaves_text_alone(user: User) -> None:
    user.display_name = "王芳"
    user.full_clean(exclude=["password", "roles"])
    assert user.phone == PHONE
    user.save()
    assert User.objects.get(pk=user.pk).phone == PHONE


def test_it_is_in_no_form_dump_or_automatic_serializer(user: User) -> None:
    with pytest.raises(FieldError):
        forms.modelform_factory(User, fields=["phone"])
    with pytest.raises(NotImplementedError):
        serializers.serialize("json", [user])

    class Automatic(rest.ModelSerializer[User]):
        class Meta:
            model = User
            fields = ["phone"]

    with pytest.raises(NotImplementedError):
        _ = Automatic(user).data


def test_unset_is_none() -> None:
    assert User().phone is None
