"""What the documents point to exists."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for target in re.findall(r"`make ([a-z-]+)", page.read_text()):
        assert target in targets


def test_the_readme_s_rooms_are_all_the_rooms() -> None:
    named = set(re.findall(r"^\| `([a-z0-9]+)/` \|", (ROOT / "README.md").read_text(), re.MULTILINE))
    rooms = {path.parent.name for path in ROOT.glob("*/apps.py")} | {"police110"}
    assert named == rooms


def test_the_readme_s_commands_are_shell() -> None:
    snippets = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(snippets) >= 3
    for snippet in snippets:
        subprocess.run(["bash", "-n"], input=snippet, text=True, check=True)
