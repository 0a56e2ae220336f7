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

random() { head -c 24 /dev/urandom | base64 | tr '+/' '-_'; }
make_secret() {
    docker secret inspect "archipel_$1" >/dev/null 2>&1 || docker secret create "archipel_$1" - >/dev/null
}

# Those of the stack that are missing: at the first start, and when a version brings another one.
make_secrets() {
    random | make_secret postgresql_passphrase
    random | make_secret metrics_token
    # One sign at least is what the engine asks; blank means none.
    printf '%s\n' "${SMTP_ADDRESS:-}" | make_secret smtp
    printf '%s\n' "${SMTP_ADDRESS_OF_SPACES:-}" | make_secret smtp_of_spaces
    printf '%s\n' "${S3_SECRET:-}" | make_secret s3_secret_key
    printf '%s\n' "${KEYCLOAK_SECRET:-}" | make_secret keycloak_secret
}

# deploy_stack VERSION
deploy_stack() {
    make_secrets
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
