"""The townships of Hebei, each of which has a police station, from the list in ``geo/data``."""

import csv
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from geo.tree import ZONES

LIST: Final = Path(__file__).parent / "data" / "hebei_townships.csv"

# Of the 108 entries of kind “other”, those under which people live as in a township: sub-district offices in the making,
# management areas, the new quarters of 雄安, and farms, pastures and forest farms with their villages. The rest are
# industrial parks that lie over real townships, bureaux of a zone, an oil company, a prison: nobody has a station there.
INHABITED: Final = (
    "办事处", "管理处", "管理区", "片区", "农场", "牧场", "林场", "养殖场", "街道服务中心", "街道筹备处",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Township:
    """One entry: nine digits, name, ``kind`` (``street``, ``town``, ``township``, ``other``), county or zone, its name."""

    code: str
    name: str
    kind: str
    county: str
    county_name: str

    @property
    def has_station(self) -> bool:
        """Whether it counts as a township."""
        return self.kind != "other" or self.name.endswith(INHABITED)

    @property
    def around(self) -> str:
        """The county in whose boundary it lies: its own, or the one around its zone."""
        return ZONES.get(self.county, self.county)


@functools.cache
def townships() -> tuple[Township, ...]:
    """All entries, in the order of their codes."""
    with LIST.open(encoding="utf-8", newline="") as file:
        rows = [Township(r["code"], r["name"], r["kind"], r["county"], r["county_name"]) for r in csv.DictReader(file)]
    return tuple(sorted(rows, key=lambda row: row.code))
