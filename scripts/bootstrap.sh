#!/bin/sh
# Make or refresh .venv from uv.lock; with --tests also what only tests need: packages of npm, from
# their locks, and a browser. Silent when nothing changed.
#
# Needs sh and a Python >= 3.11. When PATH has no usable uv, one is put into .uv/
# by that Python's pip, or by the pip of a temporary venv.
set -eu
cd "$(dirname "$0")/.."

stamp=.venv/.setup

say() {
    echo "setup: $*"
}

die() {
    echo "setup: $*" >&2
    exit 1
}

# The full path of a Python that is new enough; shims and symlinks are resolved.
find_python() {
    for name in python3 python3.13 python3.12 python3.11; do
        "$name" 2>/dev/null -c '
import os, sys
if sys.version_info < (3, 11):
    sys.exit(1)
print(os.path.realpath(sys.executable))' && return
    done
    return 1
}

# Whether $1 is a uv that runs and is 0.8 or newer.
usable_uv() {
    version=$("$1" --version 2>/dev/null) || return 1
    version=${version#uv }
    minor=${version#*.}
    [ "${version%%.*}" -gt 0 ] 2>/dev/null || [ "${minor%%.*}" -ge 8 ] 2>/dev/null
}

# Name a folder that is removed at the end.
make_tmp() {
    [ -z "${tmp-}" ] || return 0
    tmp=$(mktemp -d)
    trap 'rm -rf "$tmp"' EXIT
}

# Install system packages, if there is apt-get and the right to use it.
apt_install() {
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif sudo -n true 2>/dev/null; then
        as_root='sudo -n'
    else
        return 1
    fi
    say "installing $* with apt-get"
    make_tmp
    if ! {
        # A stale package list is good enough if it still names the package.
        $as_root apt-get -q update || true
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -q install -y --no-install-recommends "$@"
    } >"$tmp/apt.log" 2>&1; then
        cat "$tmp/apt.log" >&2
        return 1
    fi
}

make_temporary_venv() {
    "$python" -m venv --clear "$tmp/venv" >/dev/null 2>&1
}

fetch_uv() {
    make_tmp
    if "$python" -m pip --version >/dev/null 2>&1; then
        pip_python=$python
    else
        pip_python=$tmp/venv/bin/python
        package=$(basename "$python")-venv
        if ! make_temporary_venv; then
            case $python in
            /usr/bin/*)
                apt_install "$package" && make_temporary_venv ||
                    die "$python has neither pip nor venv;" \
                        "run 'apt-get install $package' as root, then 'make setup' again"
                ;;
            *)
                die "$python has neither pip nor venv;" \
                    "run '$python -m ensurepip', or put another Python first on PATH"
                ;;
            esac
        fi
    fi
    say "fetching uv into .uv"
    # --target leaves the interpreter's own packages alone, so an externally managed
    # Python is no obstacle; the variables undo user settings that forbid --target.
    PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_ROOT_USER_ACTION=ignore \
        PIP_DISABLE_PIP_VERSION_CHECK=1 \
        "$pip_python" -m pip install --quiet --upgrade --only-binary :all: \
        --target .uv 'uv>=0.8,<1' || die "pip could not install uv; its message is above"
}

# Whether what tests need may be missing: those tests are skipped then, but not with CI=true.
may_skip() {
    [ "${CI-}" = true ] && return 1
    say "$1; tests that need it are skipped"
}

# Install the packages that are locked in the folder $1 into the folder $2.
install_npm_packages() {
    locked=$(cat "$1/package.json" "$1/package-lock.json" | cksum)
    [ "$(cat "$2/node_modules/.setup" 2>/dev/null)" = "$locked" ] && return
    if ! command -v npm >/dev/null; then
        may_skip "no npm on PATH for the packages of $1" ||
            die "no npm on PATH, which CI=true needs; install Node.js >= 20"
        return 0
    fi
    say "installing the locked packages of npm into $2"
    if [ "$1" != "$2" ]; then
        mkdir -p "$2"
        cp "$1/package.json" "$1/package-lock.json" "$2"
    fi
    if npm ci --prefix "$2" --ignore-scripts --no-audit --no-fund --no-update-notifier --fetch-retries=3 \
        --loglevel=error >/dev/null; then
        echo "$locked" >"$2/node_modules/.setup"
    else
        may_skip "npm could not install the packages of $1" ||
            die "npm could not install them; its message is above"
    fi
}

has_browser() {
    for name in chromium chromium-browser google-chrome; do
        "$name" --version >/dev/null 2>&1 && return
    done
    return 1
}

# A browser for the tests of the panel, and a font for it.
install_browser() {
    has_browser && return
    apt_install chromium fonts-dejavu-core && has_browser && return
    may_skip "no Chromium on PATH and no right to install it" ||
        die "no chromium, chromium-browser or google-chrome on PATH, which CI=true needs;" \
            "install one of them"
}

install_environment() {
    # What .venv is made from. What an editable install copies counts too: the kernelspec, the demo
    # files and the built panel; so does the folder, because a venv cannot be moved.
    wanted=$(
        pwd -P
        {
            cat pyproject.toml uv.lock kernel/kernelspecs/*/* notebooks/penguins.py notebooks/data/*
            find extension/jupyter-config extension/threadbook_panel/labextension -type f |
                LC_ALL=C sort | xargs cat extension/lab/install.json
        } | cksum
    )
    if [ -x .venv/bin/python ] && [ -f "$stamp" ]; then
        [ "$(cat "$stamp")" = "$wanted" ] && return
        [ "$(head -n 1 "$stamp")" = "$(pwd -P)" ] || rm -rf .venv
    fi

    python=$(find_python) || die "no Python >= 3.11 on PATH" \
        "(looked for python3, python3.13, python3.12, python3.11); install one of them"

    uv=.uv/bin/uv
    if ! usable_uv "$uv"; then
        if usable_uv uv; then
            uv=uv
        else
            fetch_uv
            usable_uv "$uv" || die "the uv fetched into .uv does not run on this machine"
        fi
    fi

    say "installing the locked packages into .venv"
    unset VIRTUAL_ENV
    export UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=.venv
    # Trust what the system's pip trusts, which matters behind a proxy with its own authority.
    [ ! -f /etc/ssl/certs/ca-certificates.crt ] ||
        export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
    "$uv" sync --quiet --locked --compile-bytecode --all-extras --python "$python" \
        --reinstall-package threadbook
    echo "$wanted" >"$stamp"
}

install_environment
if [ "${1-}" = --tests ]; then
    install_npm_packages tests/tools/node .node
    install_npm_packages extension/lab extension/lab
    install_browser
fi
