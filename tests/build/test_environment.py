"""`environment.sh` makes the virtual environment once, mends it, and says what is missing."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT

LOCKS = ("requirements.txt", "requirements-dev.txt")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the script beside empty lock files: nothing is downloaded."""
    shutil.copy(ROOT / "environment.sh", tmp_path)
    for lock in LOCKS:
        (tmp_path / lock).write_text("")
    return tmp_path


def make(project: Path, lock: str = LOCKS[0], path: str = "") -> "subprocess.CompletedProcess[str]":
    """Run it with this Python, or with the programs of ``path`` only."""
    environment = {**os.environ, "PYTHON": "" if path else sys.executable}
    if path:
        environment["PATH"] = path
    return subprocess.run(
        ["/bin/sh", str(project / "environment.sh"), lock],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_it_works(project: Path) -> None:
    first = make(project)
    assert first.returncode == 0, first.stderr
    assert "Making .venv with Python 3." in first.stdout
    assert (project / ".venv" / "bin" / "python").exists()
    again = make(project)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


@pytest.mark.slow
def test_the_tests_environment_serves_for_the_server_too(project: Path) -> None:
    assert make(project, "requirements-dev.txt").returncode == 0
    assert make(project, "requirements.txt").stdout == ""


@pytest.mark.slow
def test_a_changed_lock_is_installed(project: Path) -> None:
    make(project)
    (project / "requirements.txt").write_text("# nothing, in other words\n")
    assert "Installing requirements.txt" in make(project).stdout
    assert make(project).stdout == ""


@pytest.mark.slow
def test_one_that_was_interrupted_is_made_again(project: Path) -> None:
    make(project)
    (project / ".venv" / "unfinished").touch()
    for stamp in (project / ".venv").glob("installed-*"):
        stamp.unlink()
    mended = make(project)
    assert "not whole" in mended.stdout
    assert mended.returncode == 0


@pytest.mark.slow
def test_one_whose_python_has_gone_is_made_again(project: Path) -> None:
    make(project)
    (project / ".venv" / "bin" / "python").unlink()
    assert "not whole" in make(project).stdout
    assert make(project).stdout == ""


@pytest.mark.slow
def test_a_failed_installation_is_tried_again(project: Path) -> None:
    (project / "requirements.txt").write_text("no-hash-here==1.0\n")
    assert make(project).returncode != 0
    (project / "requirements.txt").write_text("")
    assert make(project).returncode == 0


def programs(folder: Path, python: str) -> str:
    """A PATH with the usual programs and this script as the only Python."""
    folder.mkdir()
    for name in ("dirname", "cksum", "tr", "touch", "rm"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    (folder / "python3").write_text(f"#!/bin/sh\n{python}\n")
    (folder / "python3").chmod(0o755)
    return str(folder)


def test_an_old_python_is_named(project: Path, tmp_path: Path) -> None:
    refused = make(project, path=programs(tmp_path / "bin", "exit 1"))
    assert refused.returncode == 2
    assert "Python 3.11 or newer" in refused.stderr
    assert not (project / ".venv").exists()


def test_a_python_without_venv_is_named(project: Path, tmp_path: Path) -> None:
    only_the_version = 'case "$2" in *version_info*) exit 0 ;; *) exit 1 ;; esac'
    refused = make(project, path=programs(tmp_path / "bin", only_the_version))
    assert refused.returncode == 2
    assert "python3-venv" in refused.stderr


def pins(lock: str) -> dict[str, str]:
    """Every requirement of a lock file with its hashes."""
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    lines = [line.split("#")[0].strip() for line in text.splitlines() if line and line[0] not in "# "]
    return {line.split(" --hash")[0].strip(): line for line in lines}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_locked_with_its_hashes(lock: str) -> None:
    found = pins(lock)
    assert len(found) > 40
    for requirement, line in found.items():
        assert re.match(r"[a-z0-9-]+==[\w.]+", requirement), requirement
        assert "--hash=sha256:" in line, requirement


def test_the_tests_use_the_same_versions_as_the_server() -> None:
    missing = set(pins("requirements.txt")) - set(pins("requirements-dev.txt"))
    assert missing == set()


def test_make_lists_what_it_can_do() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for target in ("run", "test", "test-services", "lint", "schema", "lock", "clean"):
        assert f"make {target} " in listed
