"""One answer for HTTP and sockets: who stands behind a credential, and whether it still holds."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import credentials
from accounts.models import Token, User
from foundation import clock
from tests.accounts.sessions import session_of
from tests.personas import COUNTY, SECOND_COUNTY, People

pytestmark = pytest.mark.django_db

GARBAGE = ["", " ", "x", "0" * 64, "x" * 10_000, "令牌", "a\x00b", "\udcff", "a b", "%00", "ÿ" * 64]


def test_it_works(people: People, django_assert_num_queries: Any) -> None:
    token, text = Token.issue(people.dispatcher)
    with django_assert_num_queries(1):
        found = credentials.from_bearer(text)
        assert found is not None
        assert found.user.agency is not None
        assert found.user.agency.code == COUNTY
    assert (found.kind, found.key, found.expires_at) == ("token", str(token.public_id), None)
    assert not credentials.is_expired(found)


def test_a_session_of_staff_who_passed_both_factors(people: People, django_assert_num_queries: Any) -> None:
    key = session_of(people.dispatcher)
    with django_assert_num_queries(3):
        found = credentials.from_session(key)
    assert found is not None
    assert found.user == people.dispatcher
    assert found.kind == "session"
    assert found.expires_at is not None
    assert key not in repr(found)


@pytest.mark.parametrize("text", GARBAGE)
def test_garbage_is_no_credential(people: People, text: str) -> None:
    assert credentials.from_bearer(text) is None
    assert credentials.from_session(text) is None


def test_the_password_alone_makes_no_session(people: People) -> None:
    client = Client()
    client.force_login(people.dispatcher)
    assert credentials.from_session(client.session.session_key) is None


def test_an_unconfirmed_device_makes_no_session(people: People) -> None:
    assert credentials.from_session(session_of(people.dispatcher, confirmed=False)) is None


def test_the_device_must_be_ones_own(people: People) -> None:
    key = session_of(people.dispatcher)
    TOTPDevice.objects.update(user=people.supervisor)
    assert credentials.from_session(key) is None


def test_a_citizen_has_no_session(people: People) -> None:
    assert credentials.from_session(session_of(people.fang)) is None


def test_a_new_password_ends_sessions(people: People) -> None:
    key = session_of(people.dispatcher)
    held = credentials.from_session(key)
    assert held is not None
    people.dispatcher.set_password("another-long-password-110")
    people.dispatcher.save()
    assert credentials.from_session(key) is None
    assert credentials.refresh([held]) == [None]


def test_a_spoilt_session_row_is_no_credential(people: People) -> None:
    key = session_of(people.dispatcher)
    Session.objects.filter(session_key=key).update(session_data="not a session")
    assert credentials.from_session(key) is None


def test_expiry_is_told_apart_from_revocation(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    token, text = Token.issue(people.dispatcher, expires_in=timedelta(hours=12))
    held, session = credentials.from_bearer(text), credentials.from_session(session_of(people.supervisor))
    assert held is not None
    assert session is not None
    later = clock.now() + timedelta(days=30)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert credentials.refresh([held, session]) == [None, None]
    assert credentials.is_expired(held)
    assert credentials.is_expired(session)
    assert credentials.from_bearer(text) is None
    monkeypatch.undo()
    assert credentials.refresh([held])[0] is not None
    token.delete()
    assert credentials.refresh([held]) == [None]
    assert not credentials.is_expired(held)


def test_refresh_reads_afresh_in_a_constant_number_of_queries(people: People, django_assert_num_queries: Any) -> None:
    users = [people.dispatcher, people.supervisor, people.fang, people.wei, people.dispatcher]
    held = [credentials.from_bearer(Token.issue(user)[1]) for user in users]
    held += [credentials.from_session(session_of(user)) for user in (people.dispatcher, people.supervisor)]
    known = [c for c in held if c is not None]
    assert len(known) == 7
    User.objects.filter(pk=people.dispatcher.pk).update(agency_id=SECOND_COUNTY)
    User.objects.filter(pk=people.supervisor.pk).update(is_active=False)
    with django_assert_num_queries(4):
        fresh = credentials.refresh(known)
        codes = [c and c.user.agency and c.user.agency.code for c in fresh]
    assert codes == [SECOND_COUNTY, None, None, None, SECOND_COUNTY, SECOND_COUNTY, None]
    assert [c is None for c in fresh] == [False, True, False, False, False, False, True]


def test_refresh_of_nothing(people: People) -> None:
    assert credentials.refresh([]) == []


def test_logging_out_ends_it(people: People) -> None:
    key = session_of(people.dispatcher)
    held = credentials.from_session(key)
    assert held is not None
    Session.objects.filter(session_key=key).delete()
    assert credentials.refresh([held]) == [None]


def test_the_text_of_a_token_is_not_in_the_database(people: People) -> None:
    token, text = Token.issue(people.fang)
    token.refresh_from_db()
    assert text[:8] not in "|".join(str(value) for value in vars(token).values())
