# SPDX-License-Identifier: AGPL-3.0-or-later
"""Docker's own reader of stacks (``docker stack config``, no engine needed) reads the same files: both must see the same."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from archipel.machines.ports import HealthCheck, Mount, Service, Stack
from archipel.machines.recipes import read_recipe
from archipel.machines.recipes.quantities import seconds_of, size_in_bytes
from archipel.machines.recipes.rendering import image_variable
from tests.architecture.sources import ROOT
from tests.machines.recipes.folders import RECIPE, coop, own

pytestmark = pytest.mark.server

HARD = """\
version: "3.9"
x-shared: &shared
  A: one
  B: ${TITLE}
services:
  app:
    image: ${IMAGE_APP}
    command: run 'two words' --x=$$HOME "quoted"
    entrypoint: ["/entry", "${NOTHING:-default}"]
    environment:
      <<: *shared
      B: "${COLOUR}-${NOTHING:-none}-${NOTHING-none}"
      N: 12
      O: 0x10
      D: 1.5
      E: ""
      Q: "1.50"
    secrets: [key, {source: client_secret, target: other, uid: "7", gid: "8", mode: 0440}]
    volumes: ["notes:/notes:ro", {type: tmpfs, target: /cache, tmpfs: {size: 1048576}}]
    tmpfs: ["/tmp:size=16M"]
    networks: {front: }
    user: "33:34"
    cap_drop: [ALL]
    cap_add: [CHOWN]
    read_only: true
    stop_grace_period: 1m30s
    extra_hosts: ["db.example:10.0.0.9"]
    healthcheck: {test: look || exit 1, interval: 1m30s, timeout: 1.5s, retries: 4, start_period: 300ms}
    deploy:
      replicas: 3
      labels: [org.example=x]
      update_config: {order: start-first}
      placement: {constraints: ["node.labels.site==lyon", "node.role!=manager"]}
      resources:
        limits: {memory: 1.5G, cpus: "0.25", pids: 50}
        reservations: {memory: 64M}
volumes:
  notes: {}
networks:
  front: {external: true, name: archipel-front}
secrets:
  key: {external: true}
  client_secret: {external: true}
"""


def seen_by_docker(folder: Path, values: dict[str, str]) -> dict[str, Any]:
    """Return the Compose file of a recipe as Docker's client reads it."""
    docker = shutil.which("docker")
    if docker is None:
        pytest.skip("docker is not on this machine (Debian package docker.io), its reader was not compared")
    done = subprocess.run(
        [docker, "stack", "config", "-c", "compose.yml"],
        cwd=folder, env={"PATH": os.environ["PATH"], "HOME": str(folder), **values}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if "is not a docker command" in done.stderr or "unknown command" in done.stderr:
        pytest.skip("this docker has no stack config (it came with 23.0), its reader was not compared")
    assert done.returncode == 0, done.stderr
    return yaml.safe_load(done.stdout)


def compared(stack: Stack, seen: dict[str, Any]) -> None:
    """Assert that both saw the same services, volumes and secrets."""
    assert set(stack.volumes) == set(seen.get("volumes", {}))
    assert {service.name for service in stack.services} == set(seen["services"])
    for service in stack.services:
        assert ours(service) == theirs(seen["services"][service.name], seen)


def ours(service: Service) -> dict[str, Any]:
    return {
        "image": service.image, "command": service.command, "entrypoint": service.entrypoint, "environment": dict(service.environment),
        "mounts": set(service.mounts), "networks": set(service.networks), "replicas": service.replicas, "user": service.user,
        "secrets": {(one.name, one.target, one.uid, one.gid, one.mode) for one in service.secrets},
        "configs": {(one.target, one.uid, one.gid, one.mode) for one in service.configs},
        "limits": (service.memory_limit, service.cpus_limit, service.processes_limit, service.memory_reserved),
        "health": service.health, "constraints": service.constraints, "read_only": service.read_only,
        "capabilities": (service.capabilities_dropped, service.capabilities_added), "grace": service.stop_grace,
        "start_first": service.start_first, "hosts": dict(service.hosts),
    }  # fmt: skip


def theirs(seen: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    deploy = seen.get("deploy", {})
    limits, reserved = (deploy.get("resources", {}).get(part, {}) for part in ("limits", "reservations"))
    networks = {key: (whole["networks"][key] or {}) for key in seen.get("networks", {})}
    return {
        "image": seen["image"], "command": tuple(seen.get("command") or ()), "entrypoint": tuple(seen.get("entrypoint") or ()),
        "environment": {key: value for key, value in (seen.get("environment") or {}).items() if value is not None},
        "mounts": {mount(one) for one in seen.get("volumes", [])} | {memory(one) for one in seen.get("tmpfs", [])},
        # The proxy's network bears our name, whatever the recipe calls it.
        "networks": {"archipel-front" if one.get("external") else key for key, one in networks.items()},
        "replicas": deploy.get("replicas", 1), "user": seen.get("user", ""),
        "secrets": {file(one, "/run/secrets/") for one in seen.get("secrets", [])},
        "configs": {file(one, "/")[1:] for one in seen.get("configs", [])},
        "limits": (number(limits.get("memory")), float(limits["cpus"]) if "cpus" in limits else None, limits.get("pids"), number(reserved.get("memory"))),
        "health": health(seen.get("healthcheck")), "constraints": tuple(deploy.get("placement", {}).get("constraints", ())),
        "read_only": seen.get("read_only", False), "capabilities": (tuple(seen.get("cap_drop", ())), tuple(seen.get("cap_add", ()))),
        "grace": seconds_of(seen.get("stop_grace_period", "10s")), "start_first": deploy.get("update_config", {}).get("order") == "start-first",
        "hosts": dict(one.split(":", 1) for one in seen.get("extra_hosts", [])),
    }  # fmt: skip


def number(text: str | None) -> int | None:
    return int(text) if text else None


def mount(seen: dict[str, Any]) -> Mount:
    if seen["type"] == "tmpfs":
        return Mount(seen["target"], size=int(seen["tmpfs"]["size"]))
    return Mount(seen["target"].rstrip("/"), seen["source"], read_only=seen.get("read_only", False))


def memory(seen: str) -> Mount:
    target, _, size = seen.partition(":size=")
    return Mount(target, size=size_in_bytes(size) if size else None)


def file(seen: dict[str, Any], folder: str) -> tuple[Any, ...]:
    target = seen.get("target", seen["source"])
    whole = target if target.startswith("/") else folder + target
    return seen["source"], whole, int(seen.get("uid", 0)), int(seen.get("gid", 0)), seen.get("mode", 0o444)


def health(seen: dict[str, Any] | None) -> HealthCheck | None:
    if seen is None:
        return None
    first, *rest = ["CMD"] if seen.get("disable") else seen["test"]
    command = ("/bin/sh", "-c", *rest) if first == "CMD-SHELL" else tuple(rest)
    interval, timeout, start = (
        seconds_of(seen.get(key, other))
        for key, other in (("interval", "30s"), ("timeout", "30s"), ("start_period", "0s"))
    )
    return HealthCheck(command, interval, timeout, seen.get("retries", 3), start)


@pytest.mark.parametrize("folder", sorted((ROOT / "recipes").glob("*/recipe.yml")), ids=lambda path: path.parent.name)
def test_docker_sees_the_same_in_each_of_our_recipes(folder):
    recipe = read_recipe(folder.parent)
    version = recipe.versions[-1]
    values = {setting.name: setting.default for setting in recipe.settings} | {
        "DOMAIN": "a.example", "TITLE": "L'été à 5 € $HOME", "LANGUAGE": "fr", "QUOTA": "", "ISSUER": "https://b.example", "CLIENT_ID": "c"
    }  # fmt: skip
    secrets = {one.name: "x" * one.length for one in recipe.secrets} | dict.fromkeys(recipe.given, "y")
    seen = seen_by_docker(
        recipe.folder,
        values | {image_variable(name): image for name, image in version.images.items()} | {"VERSION": version.name},
    )
    compared(recipe.stack("s-1", values=values, secrets=secrets), seen)


def test_docker_sees_the_same_in_a_file_with_every_key(tmp_path):
    recipe = own(tmp_path, RECIPE.replace("memory: 64M", "memory: 192M"), HARD.replace("${NOTHING", "${VERSION"))
    assert recipe.errors == []
    values = {"DOMAIN": "a.example", "TITLE": "x", "COLOUR": "blue"}
    secrets = {"key": "k", "client_secret": "c"}
    seen = seen_by_docker(recipe.folder, values | {"IMAGE_APP": "carnet:2.0", "VERSION": "2.0"})
    compared(recipe.stack("s-1", values=values, secrets=secrets), seen)


def test_docker_sees_the_same_in_a_recipe_of_co_op_cloud(tmp_path):
    recipe = coop(tmp_path)
    values = {"DOMAIN": "a.example", "COLOUR": "red"}
    names = {
        "STACK_NAME": "s-1",
        "SECRET_APP_KEY_VERSION": "v1",
        "SECRET_DB_PASSWORD_VERSION": "v2",
        "SETTINGS_VERSION": "v3",
    }
    seen = seen_by_docker(recipe.folder, values | names)
    compared(recipe.stack("s-1", values=values, secrets={"app_key": "k", "db_password": "p"}), seen)


@pytest.mark.parametrize("text", ["256M", "1.5g", "64kb", "10", "1 G", "2T", "64KiB", "1.0m"])
def test_docker_reads_a_size_as_we_do(tmp_path, text):
    (tmp_path / "compose.yml").write_text(
        f"version: '3.9'\nservices: {{a: {{image: x, deploy: {{resources: {{limits: {{memory: '{text}'}}}}}}}}}}\n"
    )
    seen = seen_by_docker(tmp_path, {})
    assert int(seen["services"]["a"]["deploy"]["resources"]["limits"]["memory"]) == size_in_bytes(text)
