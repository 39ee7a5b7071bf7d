"""What kind of incident it is (警情类别), how grave (警情等级), and what came of it: small dictionaries.

The class table has eight digits, 2+2+2+2, ``99`` for other, zeros where it goes no deeper. The official dictionary is not
public: `SAMPLE` is a plausible one, and a province replaces it by the file that the setting ``CLASS_DICTIONARY`` names.
"""

import csv
import functools
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

SAMPLE = Path(__file__).parent / "data" / "incident_classes.csv"
COLUMNS = ["code", "name", "name_en", "level"]


class Level(models.IntegerChoices):
    """How grave an incident is (警情等级); the first is the gravest."""

    FIRST = 1, "一级"
    SECOND = 2, "二级"
    THIRD = 3, "三级"
    FOURTH = 4, "四级"


class ResultCode(models.TextChoices):
    """What came of an order (处警结果)."""

    MEDIATED = "mediated", "现场调解"
    WARNED = "warned", "教育、警告"
    HELPED = "helped", "提供帮助"
    CASE_OPENED = "case_opened", "受案、立案"
    PERSONS_TAKEN = "persons_taken", "带离、抓获人员"
    HANDED_OVER = "handed_over", "移交其他部门"
    NOTHING_FOUND = "nothing_found", "未发现异常"
    REPORTER_NOT_FOUND = "reporter_not_found", "未找到报警人"
    FALSE_REPORT = "false_report", "核实为虚假报警"
    OTHER = "other", "其他"


class Ground(models.TextChoices):
    """Why an incident is invalid. A repeated report (重复) is merged instead."""

    FALSE_REPORT = "false_report", "谎报"
    HARASSMENT = "harassment", "骚扰"
    MISTAKEN = "mistaken", "误报"


# 谎报 and 骚扰 are offences: the record names the article that they fall under.
NEEDS_LEGAL_GROUND = frozenset({Ground.FALSE_REPORT, Ground.HARASSMENT})


@dataclass(frozen=True, slots=True)
class IncidentClass:
    """One row of the class table; ``level`` is what the form proposes.

    ``parent_code`` is the nearest class above that the table holds, ``None`` at the top.
    """

    code: str
    name: str
    name_en: str
    level: int
    parent_code: str | None = None


def load(path: Path) -> dict[str, IncidentClass]:
    """Read a class table (UTF-8 CSV with the columns of `COLUMNS`); `ImproperlyConfigured` names the line that is wrong."""
    found: dict[str, IncidentClass] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if rows.fieldnames != COLUMNS:
                raise _wrong(path, 1, f"the columns must be {', '.join(COLUMNS)}")
            for row in rows:
                entry = _entry(path, rows.line_num, row)
                if entry.code in found:
                    raise _wrong(path, rows.line_num, f"{entry.code} stands twice")
                found[entry.code] = entry
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ImproperlyConfigured(f"CLASS_DICTIONARY: {path} can't be read: {error}") from error
    if not found:
        raise ImproperlyConfigured(f"CLASS_DICTIONARY: {path} holds no class")
    return {code: replace(entry, parent_code=_parent(code, found)) for code, entry in found.items()}


def _parent(code: str, table: Collection[str]) -> str | None:
    above = (code[:digits].ljust(8, "0") for digits in (6, 4, 2))
    return next((other for other in above if other != code and other in table), None)


def _entry(path: Path, line: int, row: dict[str, Any]) -> IncidentClass:
    code, name, level = row["code"] or "", (row["name"] or "").strip(), row["level"] or ""
    if len(code) != 8 or not (code.isascii() and code.isdigit()):
        raise _wrong(path, line, f"a code has 8 digits, not {code!r}")
    if not name or None in row:
        raise _wrong(path, line, "every class has a name and exactly four columns")
    if level not in {"1", "2", "3", "4"}:
        raise _wrong(path, line, f"a level is 1 to 4, not {level!r}")
    return IncidentClass(code=code, name=name, name_en=(row["name_en"] or "").strip(), level=int(level))


def _wrong(path: Path, line: int, what: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"CLASS_DICTIONARY: {path}, line {line}: {what}")


@functools.cache
def _loaded(path: Path) -> dict[str, IncidentClass]:
    return load(path)


def dictionary() -> dict[str, IncidentClass]:
    """The class table in force, by code, in the file's order."""
    return _loaded(settings.CLASS_DICTIONARY or SAMPLE)


def is_sample() -> bool:
    """Whether the table in force is the sample that comes with the code."""
    return settings.CLASS_DICTIONARY is None


def name_of(code: str) -> str:
    """A class's Chinese name; empty for a code that is not (or no longer) in the table."""
    entry = dictionary().get(code)
    return entry.name if entry else ""


# Quick codes that put a report at the head of the queue before anyone has read it.
GRAVE_QUICK_CODES = frozenset(
    {
        "has_gun",
        "has_knife",
        "has_explosive",
        "domestic_violence",
        "being_followed",
        "intruder",
        "held_captive",
        "sexual_assault",
        "injured",
    }
)
GRAVITY_OF_KIND = {"silent": 3, "one_tap": 3, "video": 2, "voice": 2, "text": 1}


def gravity_at_intake(kind: str, quick_codes: Any) -> int:
    """How grave a report looks before a person has read it, 1 to 4: by its kind and quick codes."""
    codes = quick_codes if isinstance(quick_codes, list) else []
    if any(isinstance(code, str) and code in GRAVE_QUICK_CODES for code in codes):
        return 4
    return GRAVITY_OF_KIND.get(kind, 2)


def gravity_of_level(level: int) -> int:
    """The gravity of an incident whose level a call-taker has set: 4 for the first level."""
    return 5 - level
