"""The demo people: the same names everywhere, logins that are true."""

import base64
import json
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from dispatch.models import Unit
from sandbox import people
from tests.personas import COUNTY, PROVINCE, make_agencies

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data(settings: Any, tmp_path: Path) -> Path:
    settings.DATA = tmp_path
    make_agencies()
    return tmp_path


def logins(data: Path) -> dict[str, dict[str, Any]]:
    demo = json.loads((data / people.FILE).read_text())
    return {person["username"]: person for person in demo["staff"]}


def signs_in(login: dict[str, Any]) -> bool:
    user = authenticate(username=login["username"], password=login["password"])
    if user is None:
        return False
    code = TOTP(base64.b32decode(login["totp_secret"]))
    code.time = time.time()
    return bool(TOTPDevice.objects.get(user_id=user.pk).verify_token(code.token()))


def test_it_works(data: Path) -> None:
    people.ensure("http://127.0.0.1:8000")
    demo = json.loads((data / people.FILE).read_text())
    assert demo["base_url"] == "http://127.0.0.1:8000"
    assert stat.S_IMODE((data / people.FILE).stat().st_mode) == 0o600
    assert set(demo["staff"][0]) == {"username", "password", "totp_secret", "agency_code", "roles", "unit_id"}
    assert len(demo["citizens"]) == 10
    assert demo["devices"] == []


def test_the_names_of_the_contract_are_there(data: Path) -> None:
    people.ensure("")
    found = logins(data)
    assert found["130102-dispatcher"]["agency_code"] == COUNTY
    assert found["130102-dispatcher"]["roles"] == ["dispatcher", "call_taker"]
    assert found["130102-supervisor"]["roles"] == ["supervisor", "dispatcher", "call_taker"]
    assert found["130102-patrol-1"]["roles"] == ["patrol"]
    assert {"130102-patrol-2", "130104-dispatcher", "130100-dispatcher", "130000-dispatcher"} <= set(found)
    for name in ("publisher", "approver", "tips", "auditor", "press", "admin"):
        assert found[name]["roles"] == [name]
        assert found[name]["agency_code"] == PROVINCE
    assert "130102-patrol-3" not in found


def test_a_patrol_is_a_member_of_a_unit_of_its_county(data: Path) -> None:
    people.ensure("")
    found = logins(data)
    crews = [found[f"130102-patrol-{number}"]["unit_id"] for number in (1, 2)]
    assert Unit.objects.filter(pk__in=crews, agency_id=COUNTY).count() == 2
    assert str(User.objects.get(username="130102-patrol-2").unit_id) == crews[1]
    assert found["130102-dispatcher"]["unit_id"] is None


def test_they_sign_in_with_password_and_second_factor(data: Path) -> None:
    people.ensure("")
    for name in ("130102-dispatcher", "130102-patrol-2", "admin"):
        assert signs_in(logins(data)[name])


def test_again_changes_nothing(data: Path) -> None:
    people.ensure("http://127.0.0.1:1")
    before = logins(data), list(User.objects.order_by("pk").values()), list(TOTPDevice.objects.values())
    people.ensure("http://127.0.0.1:1")
    assert before == (logins(data), list(User.objects.order_by("pk").values()), list(TOTPDevice.objects.values()))


def test_again_asks_the_database_a_few_times_only(data: Path, django_assert_max_num_queries: Any) -> None:
    people.ensure("")
    with django_assert_max_num_queries(13):
        people.ensure("")


def test_a_lost_file_is_written_again(data: Path) -> None:
    people.ensure("")
    (data / people.FILE).unlink()
    people.ensure("")
    assert signs_in(logins(data)["130104-supervisor"])


def test_the_file_is_true_after_the_servers_key_has_changed(data: Path, settings: Any) -> None:
    people.ensure("")
    old = logins(data)["130102-dispatcher"]
    settings.KEYED_HASH_KEY = bytes(32)
    people.ensure("")
    new = logins(data)["130102-dispatcher"]
    assert new["password"] != old["password"]
    assert new["totp_secret"] != old["totp_secret"]
    assert signs_in(new)
    assert not signs_in(old)


def test_what_was_done_to_a_demo_person_is_undone(data: Path) -> None:
    people.ensure("")
    user = User.objects.get(username="130102-dispatcher")
    user.set_password("something else 110")
    user.is_active = False
    user.roles = []
    user.save()
    TOTPDevice.objects.filter(user=user).update(key="00" * 20)
    people.ensure("")
    assert signs_in(logins(data)["130102-dispatcher"])
    assert User.objects.get(pk=user.pk).roles == ["dispatcher", "call_taker"]


def test_people_who_are_no_demo_people_are_left_alone(data: Path) -> None:
    own = User.objects.create_staff("chen", "a-long-password-110", agency_id=COUNTY, roles=["dispatcher"])
    people.ensure("")
    assert User.objects.get(pk=own.pk).check_password("a-long-password-110")
    assert "chen" not in logins(data)
