# SPDX-License-Identifier: AGPL-3.0-or-later
"""One service of a Compose file."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from functools import partial

from archipel.machines.ports import HealthCheck, Service
from archipel.machines.recipes import reading as read
from archipel.machines.recipes.compose.attached import configs_of, mounts_of, secrets_of
from archipel.machines.recipes.compose.deploying import Deploy, read_deploy
from archipel.machines.recipes.compose.left_out import SERVICE, say_rest
from archipel.machines.recipes.compose.reading import Reading, ServiceRead
from archipel.machines.recipes.findings import Place, Unreadable
from archipel.machines.recipes.located import Items, Leaf, Table, Value
from archipel.machines.recipes.reading import Fields

# A DNS label: others of the stack find the service by it.
NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?")
PART = r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*"
# The registry (with its port), the path, the tag, the digest.
IMAGE = re.compile(
    rf"{PART}(?::\d{{1,5}}(?=/))?(?:/{PART})*(?::[\w][\w.-]{{0,127}})?(?:@sha256:[0-9a-f]{{64}})?", re.ASCII
)
CAPABILITY = re.compile(r"ALL|(?:CAP_)?[A-Z][A-Z_]{2,30}")


def read_service(name: str, value: Value, reading: Reading) -> ServiceRead:
    """Return a service; what cannot be read is noted, and stands as if it were absent."""
    fields = Fields(value, f"services.{name}", reading.notebook)
    if not NAME.fullmatch(name):
        reading.notebook.wrong(fields.place, fields.key, "a service is named with small letters, digits and hyphens")
    deploy = read_deploy(fields.below("deploy"), reading)
    labels, places = _labels(fields, deploy)
    service = Service(
        name=name,
        image=fields.need("image", _image, "", "the image that is started"),
        command=fields.take("command", _command, ()),
        entrypoint=fields.take("entrypoint", _command, ()),
        environment=_environment(fields, reading),
        mounts=mounts_of(fields, reading),
        secrets=secrets_of(fields, reading),
        networks=_networks(fields, reading),
        health=_health(fields),
        user=fields.take("user", read.text, ""),
        capabilities_dropped=fields.take("cap_drop", _capabilities, ()),
        capabilities_added=fields.take("cap_add", _capabilities, ()),
        read_only=fields.take("read_only", read.flag, False),
        # Compose: ten seconds unless said otherwise.
        stop_grace=fields.take("stop_grace_period", read.duration, 10.0),
        hosts=fields.take("extra_hosts", _hosts, {}),
        **deploy.of_service(),
    )
    configs = configs_of(fields, reading)
    published = _published(fields, reading)
    say_rest(fields, SERVICE)
    return ServiceRead(service, fields.place, labels, places, configs, published)


def _image(value: Value, key: str) -> str:
    image = read.text(value, key)
    if not IMAGE.fullmatch(image):
        raise Unreadable(value.place, key, f"“{image[:60]}” is no name of an image, such as archipel/wordpress:6.1")
    return image


def _command(value: Value, key: str) -> tuple[str, ...]:
    """Read a command as a list, or as a line cut into words as a shell would."""
    if isinstance(value, Items):
        return tuple(read.leaf(child, f"{key}[{number}]").text for number, child in enumerate(value.values))
    try:
        return tuple(shlex.split(read.text(value, key)))
    except ValueError as error:
        raise Unreadable(value.place, key, "a quote is opened and never closed") from error


def _environment(fields: Fields, reading: Reading) -> dict[str, str]:
    found = fields.take("environment", read.pairs, {})
    made: dict[str, str] = {}
    for name, given in found.items():
        if given is None and reading.own:
            place = fields.at("environment")
            reading.notebook.wrong(place, fields.path(f"environment.{name}"), f"write {name}: ${{{name}}}")
        # Compose: a name alone takes the value over from outside, and is left out where there is none.
        taken = given if given is not None else reading.values.get(name)
        if taken is not None:
            made[name] = taken
    return made


def _networks(fields: Fields, reading: Reading) -> tuple[str, ...]:
    value = fields.value("networks")
    if value is None:
        reading.networks.setdefault("default", "default")
        return ("default",)
    names = list(value.entries) if isinstance(value, Table) else fields.take("networks", read.texts, ())
    if isinstance(value, Table):
        reading.notebook.read(fields.at("networks"), fields.path("networks"))
        for name, options in value.entries.items():
            say_rest(Fields(options, fields.path(f"networks.{name}"), reading.notebook), {})
    found = []
    for name in names:
        if name not in reading.networks:
            reading.notebook.wrong(fields.at("networks"), fields.path("networks"), f"the network {name} is not defined")
        else:
            found.append(reading.networks[name])
    return tuple(dict.fromkeys(found))


def _health(fields: Fields) -> HealthCheck | None:
    if "healthcheck" not in fields:
        return None
    health = fields.below("healthcheck")
    off = health.take("disable", read.flag, False)
    command = () if off else health.need("test", _test, None, "the command that looks")
    # What Compose does when nothing is said: every 30 s, patience 30 s, three times, no time to start.
    made = HealthCheck(
        command=command or (),
        interval=health.take("interval", read.duration, 30.0),
        timeout=health.take("timeout", read.duration, 30.0),
        retries=health.take("retries", read.whole, 3),
        start_period=health.take("start_period", read.duration, 0.0),
    )
    say_rest(health, {})
    return made if command is not None else None


def _test(value: Value, key: str) -> tuple[str, ...]:
    """Read the command of a check; empty for ``NONE``."""
    if isinstance(value, Leaf):
        return ("/bin/sh", "-c", read.text(value, key))
    words = read.texts(value, key)
    if words == ("NONE",):
        return ()
    if len(words) > 1 and words[0] == "CMD":
        return words[1:]
    if len(words) == 2 and words[0] == "CMD-SHELL":
        return ("/bin/sh", "-c", words[1])
    raise Unreadable(value.place, key, "a list that begins with CMD or CMD-SHELL is expected")


def _capabilities(value: Value, key: str) -> tuple[str, ...]:
    words = read.texts(value, key)
    for word in words:
        if not CAPABILITY.fullmatch(word):
            raise Unreadable(value.place, key, f"{word} is no capability, such as CHOWN")
    return words


def _hosts(value: Value, key: str) -> dict[str, str]:
    """Read ``name:address`` in a list or a mapping."""
    if isinstance(value, Table):
        return {name: read.text(child, f"{key}.{name}") for name, child in value.entries.items()}
    found = {}
    for word in read.texts(value, key):
        name, sign, address = word.partition(":")
        if not sign or not name or not address:
            raise Unreadable(value.place, key, f"{word} is not name:address")
        found[name] = address
    return found


def _labels(fields: Fields, deploy: Deploy) -> tuple[dict[str, str], Mapping[str, Place]]:
    """Return the labels of the service and of its containers, with the line of each (of the list, when in a list)."""
    found = fields.take("labels", read.pairs, {})
    place = dict.fromkeys(found, fields.at("labels")) | dict(deploy.label_places)
    return {name: words or "" for name, words in (found | dict(deploy.labels)).items()}, place


def _published(fields: Fields, reading: Reading) -> tuple[str, ...]:
    """Return what ``ports`` says: never opened; whether that matters depends on the route."""
    value = fields.value("ports")
    if value is None:
        return ()
    key = fields.path("ports")
    children = reading.notebook.attempt(partial(read.items, value, key), ())
    return tuple(_port(child) for child in children)


def _port(value: Value) -> str:
    """Return the port of the container, empty when it cannot be told."""
    if isinstance(value, Leaf):
        return value.text.split("/")[0].rpartition(":")[2]
    target = value.entries.get("target") if isinstance(value, Table) else None
    return target.text if isinstance(target, Leaf) else ""
