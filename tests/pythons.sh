#!/bin/sh
# Run the unit tests on every other Python that we support and this machine has, on PATH or in pyenv, each with a virtual
# environment of its own. Says which ones it doesn't have.
set -eu
make=$1
tested=$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
for version in 3.10 3.11 3.12 3.13 3.14; do
    [ "$version" != "$tested" ] || continue
    found=""
    for python in "python$version" "$HOME"/.pyenv/versions/"$version".*/bin/python; do
        if "$python" -c '' 2>/dev/null; then found=$python; fi
    done
    if [ -z "$found" ]; then
        echo "Python $version: not on this machine" >&2
        continue
    fi
    echo "Python $version: $found" >&2
    "$make" test-unit VENV=".venv-$version" PYTHON="$found"
done
