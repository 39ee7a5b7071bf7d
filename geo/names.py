"""What agencies are called, by rule from the names of places, in the words of the field.

Desks: 长安分局指挥中心 for a district (区) of a city, with the city in front where two cities have a district of that name
(石家庄桥西分局指挥中心); 正定县公安局指挥中心 for a county or county-level city; 石家庄循环化工园区分局指挥中心 for a zone.
Stations: 建北派出所 for 建北街道, 西兆通派出所 for 西兆通镇. The desk above tells equal names apart. Where two townships of
one county differ in their kind only, or next to nothing is left of the name, the kind stays: 泊镇派出所.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from geo.townships import Township

PROVINCE_NAME: Final = "河北省公安厅"
XIONGAN_NAME: Final = "雄安新区公安局"

_KIND: Final = re.compile(
    r"(街道办事处|街道服务中心|街道筹备处|街道|办事处|管理处|管理区|片区|镇|(?:满族|蒙古族|回族)*(?:民族)?乡)$"
)


def city_name(city: str) -> str:
    """石家庄市 → 石家庄市公安局."""
    return f"{city}公安局"


def desk_name(county: str, city: str, *, ambiguous: bool) -> str:
    """A county's command desk, from its name and its city's; ``ambiguous`` where another city has the same name."""
    if not county.endswith("区"):
        return f"{county}公安局指挥中心"
    branch = county if county.endswith("矿区") else county.removesuffix("区")
    return f"{_stem_of_city(city) if ambiguous else ''}{branch}分局指挥中心"


def zone_name(zone: str, city: str) -> str:
    """A development zone's desk: 河北唐山芦台经济开发区 → 唐山芦台经济开发区分局指挥中心."""
    stem = _stem_of_city(city)
    bare = zone.removeprefix("河北").removeprefix(stem).removeprefix("市")
    return f"{stem}{bare}分局指挥中心"


def _stem_of_city(city: str) -> str:
    return city.removesuffix("市")


def station_names(townships: Iterable[Township]) -> dict[str, str]:
    """The stations' names by township code, for the townships of one county or zone."""
    rows = list(townships)
    stems = {row.code: _KIND.sub("", row.name) for row in rows}
    seen = Counter(stems.values())
    return {row.code: f"{_stem(row, stems[row.code], seen)}派出所" for row in rows}


def _stem(row: Township, stem: str, seen: Counter[str]) -> str:
    if not stem:  # the list has one entry that is called 街道 only
        return f"{row.county_name}{row.name}"
    return stem if len(stem) > 1 and seen[stem] == 1 else row.name
