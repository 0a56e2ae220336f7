# SPDX-License-Identifier: AGPL-3.0-or-later
# How an upgrade stops, starts and looks when Archipel runs in containers (deploy/stack.yml). Sourced by deploy/upgrade.

ready_way() {
    read_settings
}

version_that_runs() {
    image=$(docker service inspect "${STACK}_web" --format '{{.Spec.TaskTemplate.ContainerSpec.Image}}') || fail "Nothing runs under the name $STACK: deploy/up"
    image=${image%@*}
    printf '%s\n' "${image##*:}"
}

version_is_there() {
    for name in archipel archipel-postgresql archipel-caddy; do
        docker image inspect "$name:$1" >/dev/null 2>&1 || fail "The image $name:$1 is missing: deploy/build"
    done
}

# A command of Archipel in the worker that runs.
now_running() {
    docker exec "$(container_of worker)" archipel "$@"
}

stop_all() {
    docker service scale --detach "${STACK}_web=0" "${STACK}_worker=0" >/dev/null
    end=$(($(date +%s) + 90))
    while [ -n "$(container_of web)$(container_of worker)" ]; do
        [ "$(date +%s)" -lt "$end" ] || fail 'web and worker do not stop.'
        sleep 1
    done
}

# once VERSION WORDS…: one command of Archipel in a container of its own, with the data, the database and the secrets.
once() {
    image=archipel:$1
    shift
    job=${STACK}_once
    docker service rm "$job" >/dev/null 2>&1 || true
    docker service create --quiet --detach --name "$job" --mode replicated-job --restart-condition none --no-resolve-image \
        --network "${STACK}_database" --mount "type=volume,source=${STACK}_data,target=/var/lib/archipel" \
        --secret "source=${STACK}_postgresql_passphrase,target=postgresql_passphrase" --secret "source=${STACK}_backup_passphrase,target=backup_passphrase" \
        --env ARCHIPEL_DATABASE=postgresql://archipel@postgresql/archipel \
        --env ARCHIPEL_DATABASE_PASSPHRASE_FILE=/run/secrets/postgresql_passphrase \
        --env ARCHIPEL_BACKUP_PASSPHRASE_FILE=/run/secrets/backup_passphrase \
        --no-healthcheck ${DATA_PLACE:+--constraint "$DATA_PLACE"} "$image" archipel "$@" >/dev/null || return 1
    end=$(($(date +%s) + ${PATIENCE:-1800}))
    state=
    while [ "$(date +%s)" -lt "$end" ]; do
        state=$(docker service ps "$job" --format '{{.CurrentState}}' | head -n1)
        case $state in Complete* | Failed* | Rejected* | Shutdown*) break ;; esac
        sleep 1
    done
    docker service logs --raw "$job" 2>&1 | tail -n 20
    docker service rm "$job" >/dev/null
    case $state in Complete*) return 0 ;; *) return 1 ;; esac
}

start() {
    deploy_stack "$1" || return 1
    deploy/wait "${WAIT:-300}"
}

# is_well VERSION KEY WORD: whether this very version runs (the engine goes back by itself when a container ends at once),
# shows pages (`pages`) and has all it needs (`ready`).
is_well() {
    [ "$(version_that_runs)" = "$1" ] || { echo 'The engine went back to the former version: its containers ended at once.' >&2; return 1; }
    tries=0
    # From the worker, which is on this machine; the web may be on another one.
    until worker=$(container_of worker) && [ -n "$worker" ] &&
        docker exec "$worker" python -m archipel.config.probe "$3" "$2" http://web:8000 &&
        docker exec "$worker" python -m archipel.config.probe worker; do
        tries=$((tries + 1))
        [ "$tries" -lt 10 ] || return 1
        sleep 3
    done
}

# fill_from FILE: puts a back-up into the empty volumes, before anything is written there: a worker waits, no web runs.
fill_from() {
    (
        export WEB_REPLICAS=0 WORKER_FIRST='sleep infinity' WORKER_PATIENCE=48h
        deploy_stack "$ARCHIPEL_VERSION"
    )
    end=$(($(date +%s) + ${PATIENCE:-300}))
    until worker=$(container_of worker) && [ -n "$worker" ] && docker exec "$worker" pg_isready -q -h postgresql -U archipel; do
        [ "$(date +%s)" -lt "$end" ] || fail "Worker and PostgreSQL did not come up: docker stack ps --no-trunc $STACK"
        sleep 1
    done
    docker exec -i "$worker" sh -c 'umask 077 && mkdir -p backups && cat > backups/restored.archipel' < "$1"
    docker exec "$worker" archipel restore backups/restored.archipel ||
        fail "Nothing was put back. Begin anew once it is mended: docker stack rm $STACK, and its volumes ${STACK}_data and ${STACK}_postgresql if they are empty."
}
