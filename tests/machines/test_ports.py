# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

from archipel.machines.ports import Service, ServiceSeen, Stack, StackSeen, digest_of

STACK = Stack("s-abc", (Service("app", "wordpress:1"),), secrets={"key": b"hush"}, configs={"site": b"a"})


def test_digest_of_tells_secrets_and_settings_apart_and_shows_none():
    digests = {
        digest_of(STACK),
        digest_of(replace(STACK, secrets={"key": b"two"})),
        digest_of(replace(STACK, configs={"site": b"b"})),
        digest_of(replace(STACK, services=(Service("app", "wordpress:2"),))),
    }
    assert [len(digests), "hush" in repr(STACK), digest_of(STACK) == digest_of(replace(STACK))] == [4, False, True]


def test_stack_runs_when_every_service_runs_as_many_as_it_should():
    up, down = ServiceSeen("app", "x", 1, 1), ServiceSeen("db", "y", 1, 0)
    seen = [StackSeen("s", services).runs for services in ((up,), (up, down), ())]
    assert seen == [True, False, False]
