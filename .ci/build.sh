# Sourced by tests/run, daemon/run and .ci/run: packages and builds. Nothing outside the checkout changes but packages.
# shellcheck shell=bash

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export CCACHE_DIR=${CCACHE_DIR:-$root/build/ccache}

# Runs a command; its output is seen only when it fails.
quietly() {
    local log
    log=$(mktemp "$root/build/log.XXXXXX")
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# install_packages LIST...: the packages of .ci/LIST that are not there yet. Needs no network when all are.
install_packages() {
    mkdir -p "$root/build"
    if ! command -v dpkg-query >/dev/null; then
        echo "not a Debian system: the packages of $root/.ci/packages-* are yours to install" >&2
        return
    fi
    local list wanted missing as_root=()
    wanted=$(for list in "$@"; do cat "$root/.ci/$list"; done | sort)
    # shellcheck disable=SC2086
    missing=$(comm -23 <(echo "$wanted") <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null |
        sed -n 's/ installed$//p' | sort) | tr '\n' ' ')
    [ -n "${missing// /}" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "packages are missing; as root: apt-get install $missing" >&2; exit 1; }
        as_root=(sudo)
    fi
    echo "installing packages: $missing" >&2
    # shellcheck disable=SC2206
    local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends install $missing)
    "${install[@]}" >/dev/null 2>&1 || { quietly "${as_root[@]}" apt-get update && quietly "${install[@]}"; }
}

# build PRESET [TARGET...], with what stands in the array `options` for CMake.
build() {
    local preset=$1 targets=()
    shift
    [ $# = 0 ] || targets=(--target "$@")
    cd "$root"
    quietly cmake --preset "$preset" "${options[@]}"
    # A terminal sees one line of progress; anything else sees only what fails.
    if [ -t 1 ]; then cmake --build --preset "$preset" "${targets[@]}"
    else quietly cmake --build --preset "$preset" "${targets[@]}" -- --quiet; fi
    cd "$OLDPWD"
}
options=()
