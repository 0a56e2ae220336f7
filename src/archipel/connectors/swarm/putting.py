# SPDX-License-Identifier: AGPL-3.0-or-later
"""Making a stack what it should be, and making it be no more. What is there is adopted when it is ours, else left alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from archipel.connectors.swarm import description
from archipel.connectors.swarm.client import Busy, Client, Managers, Silent
from archipel.connectors.swarm.description import SHARED, STACK, Found, file_name, full_name, spec_of
from archipel.connectors.swarm.seen import stack_label
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.ports import BAD_INPUT, NO_IMAGE, NOT_OURS, Service, Stack

# How often something is read again that was changed meanwhile.
TRIES = 4
Raw = Mapping[str, Any]


def filters(stack: str) -> dict[str, list[str]]:
    return {"label": [f"{STACK}={stack}"]}


class Putting:
    """One call of ``put``. ``engines``: those whose disk can be looked at, for images and volumes."""

    def __init__(self, managers: Managers, engines: Sequence[Client], stack: Stack) -> None:
        self._managers = managers
        self._engines = engines
        self._stack = stack

    def go(self) -> None:
        """Ensure everything, services last: they are what reads and mounts the rest."""
        stack = self._stack
        images = {service.image: self._image(service) for service in stack.services}
        before = {one.name: self._service(one.name) for one in stack.services}
        self._own_volumes()
        networks = {name: self._network(full_name(stack.name, name), {STACK: stack.name}) for name in stack.networks}
        networks |= {name: self._network(name, {SHARED: "yes"}) for name in stack.shared_networks}
        secrets = {name: self._file("secret", name, content) for name, content in stack.secrets.items()}
        configs = {name: self._file("config", name, content) for name, content in stack.configs.items()}
        found = Found(images, networks, secrets, configs)
        for service in stack.services:
            self._put(spec_of(stack, service, found), before[service.name])
        self._remove_others(networks, [name for _, name in (*secrets.values(), *configs.values())])

    def _image(self, service: Service) -> str:
        """Return the id of an image. By its id an engine never looks for it elsewhere, and it is the same one everywhere."""
        silent = TryLater("no container engine answers") if not self._engines else None
        for client in self._engines:
            try:
                found = client.find("inspect_image", service.image)
            except Silent as failure:
                silent = failure
                continue
            if found:
                return str(found["Id"])
        if silent:
            raise silent
        raise RefusedOutside(NO_IMAGE, f"the image {service.image} is not on the machine: load it", about=service.image)

    def _service(self, name: str) -> Raw | None:
        full = full_name(self._stack.name, name)
        found = self._managers.find("inspect_service", full)
        if found and stack_label(found) != self._stack.name:
            raise RefusedOutside(NOT_OURS, f"a service {full} is there that is not ours", about=full)
        return found  # type: ignore[no-any-return]  # the SDK is not typed

    def _own_volumes(self) -> None:
        """Refuse to write into somebody else's volume of the same name."""
        for name in (full_name(self._stack.name, one) for one in self._stack.volumes):
            for client in self._engines:
                try:
                    found = client.find("inspect_volume", name)
                except Silent:
                    # It takes nothing now either.
                    continue
                if found and (found.get("Labels") or {}).get(STACK) != self._stack.name:
                    raise RefusedOutside(NOT_OURS, f"a volume {name} is there that is not ours", about=name)

    def _network(self, name: str, labels: Mapping[str, str]) -> str:
        """Return the id of an overlay network, made when absent. A shared one may be somebody else's: it is only used."""
        found = self._find_network(name)
        if found is None:
            try:
                made = self._managers.ask(
                    "create_network", name, driver="overlay", attachable=True, labels=dict(labels), about=name
                )
                return str(made["Id"])
            except Busy:
                found = self._find_network(name)
        if found is None:
            raise TryLater(f"the network {name} comes and goes")
        if found.get("Driver") != "overlay":
            raise RefusedOutside(BAD_INPUT, f"the network {name} is not one of the whole swarm", about=name)
        if STACK in labels and stack_label(found) != labels[STACK]:
            raise RefusedOutside(NOT_OURS, f"a network {name} is there that is not ours", about=name)
        return str(found["Id"])

    def _find_network(self, name: str) -> Raw | None:
        found = self._managers.ask("networks", names=[name])
        return next((one for one in found if one["Name"] == name), None)

    def _file(self, kind: str, name: str, content: bytes) -> tuple[str, str]:
        """Return id and name of one version of a secret or configuration."""
        versioned = file_name(self._stack.name, name, content)
        found = self._managers.find(f"inspect_{kind}", versioned)
        if found is None:
            labels = {STACK: self._stack.name}
            try:
                made = self._managers.ask(f"create_{kind}", versioned, content, labels=labels, about=name)
                return str(made["ID"]), versioned
            except Busy:
                found = self._managers.ask(f"inspect_{kind}", versioned, about=name)
        if stack_label(found) != self._stack.name:
            raise RefusedOutside(NOT_OURS, f"a {kind} {versioned} is there that is not ours", about=name)
        return str(found["ID"]), versioned

    def _put(self, spec: dict[str, Any], found: Raw | None) -> None:
        """Create a service or make it what is said. The same again starts no container anew, and mends what a hand changed."""
        words = {
            "task_template": spec["TaskTemplate"],
            "name": spec["Name"],
            "labels": spec["Labels"],
            "mode": spec["Mode"],
            "update_config": spec["UpdateConfig"],
            "endpoint_spec": spec["EndpointSpec"],
        }
        for _ in range(TRIES):
            try:
                if found is None:
                    self._managers.ask("create_service", about=spec["Name"], **words)
                elif not _says(found["Spec"], spec):
                    version = found["Version"]["Index"]
                    self._managers.ask("update_service", found["ID"], version, about=spec["Name"], **words)
                return
            except Busy:
                found = self._service(spec["Labels"][description.SERVICE])
        raise TryLater(f"the service {spec['Name']} is being changed by somebody else")

    def _remove_others(self, networks: Mapping[str, str], files: Iterable[str]) -> None:
        """Remove services, files and networks of the stack that it has no more."""
        stack, wanted = self._stack, {full_name(self._stack.name, one.name) for one in self._stack.services}
        for service in self._managers.ask("services", filters=filters(stack.name)):
            if service["Spec"]["Name"] not in wanted:
                quietly(self._managers, "remove_service", service["ID"])
        keep = set(files)
        for kind in ("secret", "config"):
            for one in self._managers.ask(f"{kind}s", filters=filters(stack.name)):
                if one["Spec"]["Name"] not in keep:
                    quietly(self._managers, f"remove_{kind}", one["ID"])
        for one in self._managers.ask("networks", filters=filters(stack.name)):
            if one["Id"] not in networks.values():
                quietly(self._managers, "remove_network", one["Id"])


def _says(there: Raw, spec: Raw) -> bool:
    """Return whether a service is as it is to be: same description, and no hand changed it since."""
    labels = there.get("Labels") or {}
    return labels == spec["Labels"] and description.seal_of(there) == labels.get(description.SEAL)


def quietly(managers: Managers, call: str, id_: str) -> bool:
    """Remove one thing and return whether it went now: what is still used goes with the next call, what is gone is gone."""
    try:
        managers.ask(call, id_)
    except Busy:
        return False
    except RefusedOutside as refused:
        if refused.code != "unknown":
            raise
        return False
    return True


class Dropping:
    """One call of ``drop``: services first, then what they used, each as soon as nothing uses it any more."""

    def __init__(self, managers: Managers, engines: Sequence[Client], name: str, *, patience: float) -> None:
        self._managers = managers
        self._engines = engines
        self._name = name
        self._end = time.monotonic() + patience
        self._removed: set[tuple[str, str]] = set()

    def go(self, *, volumes: bool) -> int:
        for kind in ("service", "secret", "config", "network"):
            self._drop_all(kind)
        for client in self._engines if volumes else ():
            self._drop_volumes(client)
        return len(self._removed)

    def leave(self) -> int:
        """Remove the volumes alone, on the machines of ``engines``."""
        for client in self._engines:
            self._drop_volumes(client)
        return len(self._removed)

    def _drop_all(self, kind: str) -> None:
        def left() -> Sequence[Raw]:
            found: Sequence[Raw] = self._managers.ask(f"{kind}s", filters=filters(self._name))
            return found

        self._until_none(left, lambda one: self._remove(self._managers, kind, str(one.get("ID") or one["Id"])))

    def _drop_volumes(self, client: Client) -> None:
        """Remove the volumes of one machine: containers that ended still hold them until they are removed too."""
        alone = Managers([client])

        def left() -> Sequence[Raw]:
            for one in client.ask("containers", all=True, filters=filters(self._name)):
                if one["State"] in {"exited", "dead", "created"}:
                    quietly(alone, "remove_container", one["Id"])
            found: Sequence[Raw] = client.ask("volumes", filters=filters(self._name))["Volumes"] or []
            return found

        self._until_none(left, lambda one: self._remove(alone, "volume", f"{client.address} {one['Name']}"))

    def _remove(self, managers: Managers, kind: str, about: str) -> None:
        if quietly(managers, f"remove_{kind}", about.rpartition(" ")[2]):
            self._removed.add((kind, about))

    def _until_none(self, left: Callable[[], Sequence[Raw]], remove: Callable[[Raw], None]) -> None:
        """Remove until nothing is left: a machine lets go of its part of a network an instant after it is removed."""
        while there := left():
            for one in there:
                remove(one)
            if time.monotonic() > self._end:
                raise TryLater(f"containers of {self._name} still end", after=5)
            time.sleep(0.2)
