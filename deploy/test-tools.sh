#!/usr/bin/env bash
# The programs that tests use beside Python. As root on Debian or Ubuntu the missing ones are installed; elsewhere one
# line says which are missing, and pytest leaves out the tests that need them.
set -euo pipefail

# As an argument "wrk": the benchmarks' load generator, too; "docker" or "debian": only what makes one of our own.
also=${1:-}

first_of() { for name in "$@"; do command -v "$name" && return; done; return 1; } >/dev/null 2>&1
faketime() { compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null; }
postgres() { first_of initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }

packages=() without=()
need() { # package or "the better one|another", the tests without it, the check
    if ! "${@:3}"; then packages+=("$1") without+=("${1/|/ or } ($2)"); fi
}
look() {
    packages=() without=()
    if [ "$also" = docker ]; then
        if docker info >/dev/null 2>&1; then return; fi
        need docker.io "tests in containers" first_of dockerd /usr/sbin/dockerd
        need iptables "tests in containers" first_of iptables /usr/sbin/iptables
        need mmdebstrap "tests in containers" first_of mmdebstrap
        return
    fi
    if [ "$also" = debian ]; then
        need mmdebstrap "the test of docs/deploy.md" first_of mmdebstrap
        need iproute2 "the test of docs/deploy.md" first_of ip /usr/sbin/ip /sbin/ip
        need openssl "the test of docs/deploy.md" first_of openssl
        need git "the test of docs/deploy.md" first_of git
        return
    fi
    # The headless shell is Chromium without its windows: half the work for the same pages.
    need 'chromium-headless-shell|chromium' "browser tests" \
        first_of chromium-headless-shell chromium chromium-browser google-chrome
    need postgresql "tests on PostgreSQL" postgres
    need redis-server "tests on a current Redis" first_of redis-server valkey-server
    need pgbouncer "tests behind PgBouncer" first_of pgbouncer /usr/sbin/pgbouncer
    need faketime "tests of a clock that is set back" faketime
    need nginx-light "tests behind nginx" first_of nginx /usr/sbin/nginx
    need npm "checks of scripts and styles, tests of clients in TypeScript and of the screens" first_of npm
    need default-jre-headless "tests that HTML is valid" first_of java
    if [ "$also" = wrk ]; then need wrk "benchmarks by wrk" first_of wrk; fi
}

look
if ((${#packages[@]})) && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing ${packages[*]} ..."
    # Packages must not start their servers: tests start their own.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    apt-get update >"$log" 2>&1 || tail -n 3 "$log"
    for either in "${packages[@]}"; do
        # One by one: a package that is not to be had keeps no other from being installed.
        for package in ${either//|/ }; do
            if apt-get install -y --no-install-recommends "$package" >"$log" 2>&1 </dev/null; then continue 2; fi
        done
        tail -n 3 "$log"
    done
    rm -f "$log"
    look
fi
if ((${#without[@]})); then
    list=$(printf ', %s' "${without[@]}")
    echo "Missing, with the tests that are left out: ${list:2}"
fi
