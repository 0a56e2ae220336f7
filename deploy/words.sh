# SPDX-License-Identifier: AGPL-3.0-or-later
# What the scripts of this folder share. Sourced by them, from the root of the repository.

fail() {
    printf '%s\n' "$1" >&2
    exit "${FAILURE:-1}"
}

version_here() {
    printf '%s\n' "${ARCHIPEL_VERSION:-$(cat VERSION 2>/dev/null || git describe --always --tags --dirty 2>/dev/null || echo development)}"
}

# Values a person wrote, and those that follow from the machine.
read_settings() {
    settings=${SETTINGS:-deploy/.env}
    [ -r "$settings" ] || fail "$settings is missing: copy deploy/env.example there and fill it in."
    set -a
    # shellcheck disable=SC1090 # written by who runs the machine
    . "$settings"
    : "${CERTIFICATES:=acme}"
    case $CERTIFICATES in acme) PORTAL_TLS= ;; internal) PORTAL_TLS='tls internal' ;; *) fail "CERTIFICATES=$CERTIFICATES: say acme or internal." ;; esac
    : "${STACK:=archipel}" "${ENGINE_SOCKET:=/var/run/docker.sock}"
    [ -z "${MACHINES:-}" ] || DATA_PLACE='node.labels.archipel.data==yes'
    DOCKER_GROUP=$(stat -c %g "$ENGINE_SOCKET")
    set +a
}

# deploy_stack VERSION
deploy_stack() {
    files='-c deploy/stack.yml'
    [ -z "${MACHINES:-}" ] || files="$files -c deploy/stack.machines.yml"
    [ -z "${DATA_DEVICE:-}" ] || files="$files -c deploy/stack.shared.yml"
    # shellcheck disable=SC2086 # several words
    ARCHIPEL_VERSION=$1 docker stack deploy --detach --prune --resolve-image never $files "$STACK" >/dev/null
}

# The id of a running container of a service of the stack, on this machine.
container_of() {
    docker ps --quiet --filter "label=com.docker.swarm.service.name=${STACK}_$1" --filter status=running | head -n1
}
