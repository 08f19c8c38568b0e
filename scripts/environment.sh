#!/bin/sh
# Makes .venv hold what a requirements file asks for: sh scripts/environment.sh requirements.txt
# What follows the file's name is said to pip: sh scripts/environment.sh requirements-oracles.txt --no-deps
#
# Copies of the installed requirements stay in .venv. While they equal the files there is nothing to do, and pip, which
# takes seconds to find that out, is not started. PYTHON= names the Python to build .venv with.
set -eu
requirements=$1
shift
installed=.venv/installed
supported='import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))'

stop() {
    echo "$1" >&2
    exit 1
}

# Everything stands on the app's requirements, so a change of either counts.
up_to_date() {
    cmp -s requirements.txt "$installed/requirements.txt" && cmp -s "$requirements" "$installed/$requirements" &&
        .venv/bin/python -c "$supported" 2>/dev/null
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then set -- "$PYTHON"; else set -- python3 python3.14 python3.13 python3.12 python3.11; fi
    for candidate; do
        if "$candidate" -c "$supported" 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    version=$("$1" -c 'import platform; print(platform.python_version())' 2>/dev/null) || version="not there"
    stop "MoE Lab needs Python 3.11 to 3.14 and $1 is $version: install one of these, or name one with PYTHON=."
}

make_environment() {
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        stop "$python has no venv module: install it (python3-venv on Debian and Ubuntu), or name another with PYTHON=."
    "$python" -m venv --clear .venv || stop "$python could not make .venv: its own message is above."
}

if up_to_date; then exit 0; fi
if ! .venv/bin/python -c "import pip; $supported" 2>/dev/null; then make_environment; fi

echo "Installing $requirements into .venv. The first time takes some minutes."
rm -f "$installed/requirements.txt" "$installed/$requirements"
.venv/bin/python -m pip install --disable-pip-version-check "$@" -r "$requirements" ||
    stop "pip could not install $requirements: its own message is above. The same command goes on from here."
mkdir -p "$installed"
cp requirements.txt "$installed"
cp "$requirements" "$installed"
