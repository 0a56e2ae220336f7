# SPDX-License-Identifier: AGPL-3.0-or-later
# Sourced by `run` and `test`: makes the virtual environment with the locked requirements named in $wanted.
# Needs python3.11 and python3-venv; says what is missing and never installs anything outside .venv.

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

python=$(command -v python3.11 || command -v python3 || true)
[ -n "$python" ] || fail 'Python 3.11 is missing. On Debian: apt install python3.11 python3-venv'
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "$python is too old, Archipel needs Python 3.11. On Debian 12: apt install python3.11 python3-venv"
"$python" -c 'import venv, ensurepip' 2>/dev/null || fail 'The module venv is missing. On Debian: apt install python3-venv'

installed() {
    [ -x .venv/bin/python ] && [ "$(cat .venv/place 2>/dev/null)" = "$PWD" ] && cmp -s "$1" ".venv/$1"
}

# What `test` installs contains what `run` needs: either will do for `run`.
if ! installed "$wanted" && ! { [ "$wanted" = requirements.txt ] && installed requirements-dev.txt && cmp -s requirements.txt .venv/requirements.txt; }; then
    echo "Setting up Archipel in .venv (about a minute the first time)…"
    rm -f ".venv/$wanted"
    [ -x .venv/bin/python ] && [ "$(cat .venv/place 2>/dev/null)" = "$PWD" ] || { rm -rf .venv && "$python" -m venv .venv; }
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt 2>/dev/null || true
    if [ -x .venv/bin/uv ]; then
        .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r "$wanted"
    else
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$wanted"
    fi || fail 'The locked packages could not be installed: see the lines above, then try again.'
    echo "$PWD/src" > "$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/archipel.pth"
    printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m archipel "$@"\n' "$PWD" > .venv/bin/archipel
    chmod +x .venv/bin/archipel
    echo "$PWD" > .venv/place
    cp requirements.txt .venv/requirements.txt
    cp "$wanted" ".venv/$wanted"
fi
