"""The rules of docs/architecture.md that no linter knows."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.servers import ROOT

# Names that say where code was put and not what it does; and those whose work has another name here.
UNTOLD = {
    "base",
    "common",
    "core",
    "helpers",
    "lib",
    "manager",
    "misc",
    "service",
    "services",
    "shared",
    "tools",
    "util",
    "utils",
}
OTHERWISE = {
    "selectors": "models",
    "signals": "reactions",
    "tasks": "actions",
    "views": "api",
    "viewsets": "api",
}
MAX_LINES, MAX_FUNCTION_LINES = 500, 60
# What is longer, and why.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}


def tracked() -> list[Path]:
    """Every file of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def layers() -> list[str]:
    """The rooms, top first, as import-linter has them."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        lint = tomllib.load(file)["tool"]["importlinter"]
    found: list[str] = lint["contracts"][0]["layers"]
    assert sorted(found) == sorted(lint["root_packages"])
    return found


def modules() -> Iterator[Path]:
    """The Python files of the rooms, without migrations."""
    rooms = layers()
    for path in tracked():
        parts = path.relative_to(ROOT).parts
        if path.suffix == ".py" and parts[0] in rooms and "migrations" not in parts:
            yield path


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a file with its length in lines."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield f"{name_of(path)}:{node.name}", node.end_lineno - node.lineno + 1


def test_every_package_is_a_room_in_the_import_contract() -> None:
    packages = {name_of(path.parent) for path in tracked() if path.name == "__init__.py" and path.parent.parent == ROOT}
    assert packages - {"tests", "bench"} == set(layers())


def test_every_room_is_described_in_its_place() -> None:
    described = re.findall(r"^\| `(\w+)/` \|", (ROOT / "docs" / "architecture.md").read_text(), re.MULTILINE)
    assert described == layers()


def test_every_room_is_installed() -> None:
    assert set(layers()) - {"police110"} <= set(settings.INSTALLED_APPS)


def test_names_say_what_a_file_does() -> None:
    for path in modules():
        for part in path.relative_to(ROOT).with_suffix("").parts:
            assert part not in UNTOLD, name_of(path)
            assert part not in OTHERWISE, f"{name_of(path)}: here this is {OTHERWISE[part]}.py"


def test_every_file_says_what_it_is_for() -> None:
    silent = [
        name_of(path)
        for path in modules()
        if path.name != "apps.py" and (tree := ast.parse(path.read_text())).body and not ast.get_docstring(tree)
    ]
    assert silent == []


def test_files_are_short() -> None:
    long = {name_of(path) for path in modules() if len(path.read_text().splitlines()) > MAX_LINES}
    assert long == set(LONG_FILES)


def test_functions_are_short() -> None:
    long = {name for path in modules() for name, lines in functions(path) if lines > MAX_FUNCTION_LINES}
    assert long == set(LONG_FUNCTIONS)


WALL_CLOCK = re.compile(r"datetime\.(now|utcnow|today)\(|timezone\.now\b|date\.today\(|\btime\.time\(|\blocaltime\(")


def test_only_the_clock_reads_the_wall_clock() -> None:
    for path in modules():
        if name_of(path) != "foundation/clock.py":
            assert not WALL_CLOCK.search(path.read_text()), name_of(path)


def test_views_write_nothing() -> None:
    writing = re.compile(r"\.(save|bulk_create|bulk_update|get_or_create|update_or_create)\(|objects\.(create|get)\(")
    for path in modules():
        if path.name == "api.py" or "api" in path.parent.relative_to(ROOT).parts:
            assert not writing.search(path.read_text()), name_of(path)


def test_there_are_no_signals() -> None:
    for path in modules():
        assert not re.search(r"django\.dispatch|\.signals\b", path.read_text()), name_of(path)


# Written apart, so that this file does not name them.
PRIVATE = [
    "/" + "root/",
    "/" + "home/",
    "/" + "work/",
    "/" + "opt/",
    "/" + "tmp/p110",
    "py" + "pi.org",
    "python" + "hosted",
    "registry." + "npmjs",
    "deb." + "debian",
    "index" + "-url http",
    "find" + "-links",
]


@pytest.mark.parametrize("text", PRIVATE)
def test_nothing_of_one_machine_is_in_the_repository(text: str) -> None:
    holding = [name_of(path) for path in tracked() if text.encode() in path.read_bytes()]
    assert holding == []
