#!/bin/sh
# Makes .venv from a lock file, and does nothing where that is done: environment.sh requirements.txt
# requirements-dev.txt holds everything of requirements.txt, so installing it does for both.
set -eu
cd "$(dirname "$0")"
lock=$1
venv=.venv

stamp_of() { echo "$venv/installed-$1-$(cksum < "$1" | tr ' ' '-')"; }

works() { [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; }

if [ -e "$(stamp_of "$lock")" ] && works; then exit 0; fi

if [ -e "$venv" ] && { [ -e "$venv/unfinished" ] || ! works || ! "$venv/bin/python" -m pip --version > /dev/null 2>&1; }; then
    echo "The environment in $venv is not whole; making it again."
    rm -rf "$venv"
fi

if [ ! -e "$venv" ]; then
    found=
    for python in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then found=$python; break; fi
    done
    if [ -z "$found" ]; then
        echo "Police110 needs Python 3.11 or newer; none of python3, python3.11 … is. Install one, or give PYTHON=/path/to/it." >&2
        exit 2
    fi
    if ! "$found" -c 'import ensurepip, venv' 2> /dev/null; then
        echo "$found lacks the modules venv and ensurepip (Debian, Ubuntu: apt-get install python3-venv)." >&2
        exit 2
    fi
    echo "Making $venv with $("$found" --version) …"
    "$found" -m venv "$venv"
fi

touch "$venv/unfinished"
rm -f "$venv"/installed-*
echo "Installing $lock …"
"$venv/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off --require-hashes -r "$lock"
if [ "$lock" = requirements-dev.txt ]; then touch "$(stamp_of requirements.txt)"; fi
touch "$(stamp_of "$lock")"
rm "$venv/unfinished"
