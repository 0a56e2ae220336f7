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
    : "${NAME_OF_SMTP:=smtp}" "${NAME_OF_SMTP_OF_SPACES:=smtp_of_spaces}" "${NAME_OF_METRICS_TOKEN:=metrics_token}"
    : "${NAME_OF_S3_SECRET_KEY:=s3_secret_key}" "${NAME_OF_KEYCLOAK_SECRET:=keycloak_secret}"
    [ -z "${MACHINES:-}" ] || DATA_PLACE='node.labels.archipel.data==yes'
    DOCKER_GROUP=$(stat -c %g "$ENGINE_SOCKET")
    set +a
}

random() { head -c 24 /dev/urandom | base64 | tr '+/' '-_'; }
has_secret() { docker secret inspect "${STACK}_$1" >/dev/null 2>&1; }
make_secret() { has_secret "$1" || docker secret create "${STACK}_$1" - >/dev/null; }

# Those of the stack that are missing: at the first start, and when a version brings another one.
make_secrets() {
    random | make_secret postgresql_passphrase
    random | make_secret "$NAME_OF_METRICS_TOKEN"
    # One sign at least is what the engine asks; blank means none.
    printf '%s\n' "${SMTP_ADDRESS:-}" | make_secret "$NAME_OF_SMTP"
    printf '%s\n' "${SMTP_ADDRESS_OF_SPACES:-}" | make_secret "$NAME_OF_SMTP_OF_SPACES"
    printf '%s\n' "${S3_SECRET:-}" | make_secret "$NAME_OF_S3_SECRET_KEY"
    printf '%s\n' "${KEYCLOAK_SECRET:-}" | make_secret "$NAME_OF_KEYCLOAK_SECRET"
}

# The engine changes no secret that is in use: whoever gives a value under such a name must not believe it was taken.
free_name() {
    [ -z "$3" ] || ! has_secret "$2" || docker secret rm "${STACK}_$2" >/dev/null 2>&1 || fail "The secret ${STACK}_$2 is in use, and the engine changes none. Say $1=$2_2 in deploy/.env, then this again. Nothing was changed."
}
free_names_of_given() {
    free_name NAME_OF_SMTP "$NAME_OF_SMTP" "${SMTP_ADDRESS:-}"
    free_name NAME_OF_SMTP_OF_SPACES "$NAME_OF_SMTP_OF_SPACES" "${SMTP_ADDRESS_OF_SPACES:-}"
    free_name NAME_OF_S3_SECRET_KEY "$NAME_OF_S3_SECRET_KEY" "${S3_SECRET:-}"
    free_name NAME_OF_KEYCLOAK_SECRET "$NAME_OF_KEYCLOAK_SECRET" "${KEYCLOAK_SECRET:-}"
}

# deploy_stack VERSION
deploy_stack() {
    make_secrets
    files='-c deploy/stack.yml'
    [ -z "${MACHINES:-}" ] || files="$files -c deploy/stack.machines.yml"
    [ -z "${DATA_DEVICE:-}" ] || files="$files -c deploy/stack.shared.yml"
    [ -z "${COPIES_DISK:-}" ] || files="$files -c deploy/stack.copies.yml"
    # shellcheck disable=SC2086 # several words
    ARCHIPEL_VERSION=$1 docker stack deploy --detach --prune --resolve-image never $files "$STACK" >/dev/null
}

# The id of a running container of a service of the stack, on this machine.
container_of() {
    docker ps --quiet --filter "label=com.docker.swarm.service.name=${STACK}_$1" --filter status=running | head -n1
}
