"""The people of the stories that the tests tell.

王芳 (``fang``) reports; 李伟 (``wei``) and 张敏 (``min``) are her friends. Police: two counties of 石家庄, the city, the
province; a county of another city.
"""

from dataclasses import dataclass

from rest_framework.test import APIClient

from accounts.models import Token, User
from geo.models import Agency
from geo.province import load

PROVINCE, CITY, OTHER_CITY = "130000000000", "130100000000", "130600000000"
COUNTY, SECOND_COUNTY, FAR_COUNTY = "130102000000", "130104000000", "130606000000"
STATION = "130102012000"  # 中山东路派出所, the nearest to IN_COUNTY

# A point in 长安区 of 石家庄 (WGS-84), well inside.
IN_COUNTY = {"lon": 114.548, "lat": 38.048, "coord_type": "wgs84", "accuracy_m": 15}
# A point in 桥西区 (130104).
IN_SECOND_COUNTY = {"lon": 114.462, "lat": 38.005, "coord_type": "wgs84", "accuracy_m": 15}


@dataclass
class People:
    """Everyone, by the name that the tests use."""

    fang: User
    wei: User
    min: User
    dispatcher: User
    supervisor: User
    patrol: User
    second_dispatcher: User
    city_dispatcher: User
    province_dispatcher: User
    far_dispatcher: User
    auditor: User


def make_agencies() -> dict[str, Agency]:
    """The province, two cities, three counties and their stations, as the real loading makes them."""
    load(counties={code[:6] for code in (COUNTY, SECOND_COUNTY, FAR_COUNTY)})
    return Agency.objects.in_bulk()


def make_people() -> People:
    """Agencies and people, in the database."""
    make_agencies()

    def staff(username: str, agency: str, *roles: str) -> User:
        return User.objects.create_staff(
            username, "a-long-password-110", agency_id=agency, roles=list(roles), badge_number=username
        )

    return People(
        fang=User.objects.citizen("+8613800000001"),
        wei=User.objects.citizen("+8613800000002"),
        min=User.objects.citizen("+8613800000003"),
        dispatcher=staff("130102-dispatcher", COUNTY, "dispatcher", "call_taker"),
        supervisor=staff("130102-supervisor", COUNTY, "supervisor", "dispatcher", "call_taker"),
        patrol=staff("130102-patrol-1", COUNTY, "patrol"),
        second_dispatcher=staff("130104-dispatcher", SECOND_COUNTY, "dispatcher", "call_taker"),
        city_dispatcher=staff("130100-dispatcher", CITY, "dispatcher", "call_taker"),
        province_dispatcher=staff("130000-dispatcher", PROVINCE, "dispatcher", "call_taker"),
        far_dispatcher=staff("130606-dispatcher", FAR_COUNTY, "dispatcher", "call_taker"),
        auditor=staff("auditor", PROVINCE, "auditor"),
    )


def client_for(user: User) -> APIClient:
    """A client with a token of this user."""
    _, token = Token.issue(user)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client
