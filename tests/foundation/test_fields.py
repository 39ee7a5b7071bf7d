"""Encrypted text opens only in its own row, and empty is not nothing."""

import pytest
from django.db import connection

from accounts.models import User
from foundation.fields import UnreadableError

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    made = User.objects.citizen("+8613800000001")
    assert User.objects.get(pk=made.pk).phone == "+8613800000001"
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM accounts_user")
        assert b"138" not in bytes(cursor.fetchone()[0])


def test_empty_and_none_stay_apart() -> None:
    user = User.objects.citizen("+8613800000001")
    for value in ("", None, "0"):
        user.phone = value
        user.save(update_fields=["phone"])
        assert User.objects.get(pk=user.pk).phone == value


def test_ciphertext_of_another_row_does_not_open() -> None:
    one, two = User.objects.citizen("+8613800000001"), User.objects.citizen("+8613800000002")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_user SET phone = (SELECT phone FROM accounts_user WHERE username = %s)", [one.username]
        )
    with pytest.raises(UnreadableError):
        _ = User.objects.get(pk=two.pk).phone


def test_a_bulk_update_can_not_write_it() -> None:
    user = User.objects.citizen("+8613800000001")
    with pytest.raises(TypeError, match="encrypted"):
        User.objects.filter(pk=user.pk).update(phone="+8613900000000")
