# SPDX-License-Identifier: AGPL-3.0-or-later
# How an upgrade stops, starts and looks when systemd runs Archipel (deploy/systemd). Sourced by deploy/upgrade.

ready_way() {
    : "${RELEASES:=/opt/archipel}" "${ENVIRONMENT:=/etc/archipel/archipel.env}" "${AS_USER:=archipel}"
    : "${WORKER_ENVIRONMENT:=${ENVIRONMENT%/*}/worker.env}"
    [ -r "$ENVIRONMENT" ] || fail "$ENVIRONMENT cannot be read: run this as root, after deploy/systemd/README."
    read_environment "$ENVIRONMENT" '*'
    [ ! -r "$WORKER_ENVIRONMENT" ] || read_environment "$WORKER_ENVIRONMENT" ARCHIPEL_BACKUP_PASSPHRASE
    [ -n "${ARCHIPEL_BACKUP_PASSPHRASE:-}" ] || fail "ARCHIPEL_BACKUP_PASSPHRASE is empty in $WORKER_ENVIRONMENT: an upgrade begins with a back-up. Nothing was changed."
}

# read_environment FILE NAMES: as systemd reads it. A shell would take the signs of a secret for orders.
read_environment() {
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in '#'* | ';'*) continue ;; *=*) ;; *) continue ;; esac
        name=${line%%=*} value=${line#*=}
        # shellcheck disable=SC2254 # a pattern
        case $name in $2) ;; *) continue ;; esac
        case $value in \"*\") value=${value#\"} value=${value%\"} ;; \'*\') value=${value#\'} value=${value%\'} ;; esac
        export "$name=$value"
    done < "$1"
}

version_that_runs() {
    basename "$(readlink -f "$RELEASES/current")"
}

version_is_there() {
    [ -x "$RELEASES/$1/venv/bin/archipel" ] || fail "There is no release $RELEASES/$1: deploy/release"
}

as_archipel() {
    if [ "$(id -un)" = "$AS_USER" ]; then "$@"; else runuser -u "$AS_USER" -- "$@"; fi
}

now_running() {
    once "$(version_that_runs)" "$@"
}

once() {
    program=$RELEASES/$1/venv/bin/archipel
    shift
    (cd "$ARCHIPEL_DATA" && ARCHIPEL_BUILT=${program%/venv/*}/built as_archipel "$program" "$@")
}

stop_all() {
    systemctl stop archipel-web.service archipel-worker.service archipel-prepare.service
}

start() {
    ln -sfn "$RELEASES/$1" "$RELEASES/current"
    systemctl start archipel-web.service archipel-worker.service || return 1
    sleep 2
    systemctl is-active --quiet archipel-web.service && systemctl is-active --quiet archipel-worker.service
}

is_well() {
    tries=0
    until "$RELEASES/$1/venv/bin/python" -m archipel.config.probe "$3" "$2" && systemctl is-active --quiet archipel-web.service archipel-worker.service; do
        tries=$((tries + 1))
        [ "$tries" -lt 10 ] || return 1
        sleep 3
    done
}
