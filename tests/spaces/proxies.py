# SPDX-License-Identifier: AGPL-3.0-or-later
"""The proxy and the public names that tests play with: fakes that fixtures renew, named in settings."""

from __future__ import annotations

from archipel.connectors.caddy.fake import FakeProxy
from archipel.connectors.dns.fake import FakeLookup
from archipel.connectors.websites.fake import FakeWebsites
from archipel.kernel import clock
from archipel.kernel.outside import TryLater
from archipel.spaces.ports import Upstream


class Containers(FakeWebsites):
    """An application in containers, as far as routes need one."""

    asked: list[str]

    silent = False
    by_names = True

    def upstreams(self, space_id: str) -> list[Upstream]:
        if self.by_names:
            return [Upstream(f"tasks.s-{space_id}_app", 80)]
        self.asked.append(space_id)
        if self.silent:
            raise TryLater("the engine did not answer")
        return [Upstream("10.0.0.7", 8080)]


_proxy: list[FakeProxy] = []
_lookup: list[FakeLookup] = []
_containers: list[Containers] = []


def renew() -> FakeProxy:
    """Begin with a proxy that started empty."""
    _proxy[:] = [FakeProxy()]
    return _proxy[0]


def renew_lookup() -> FakeLookup:
    """Begin with the address of one site, nothing else."""
    _lookup[:] = [FakeLookup({("trois-ponts.pages.example", "A"): ["203.0.113.5"]})]
    return _lookup[0]


def renew_containers() -> Containers:
    made = Containers(clock.now)
    made.asked = []
    _containers[:] = [made]
    return made


def proxy() -> FakeProxy:
    return _proxy[0]


def lookup() -> FakeLookup:
    return _lookup[0]


def containers() -> Containers:
    return _containers[0]
