# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import dns.exception
import dns.resolver

from archipel.kernel.outside import TryLater

SECONDS_A_QUESTION = 2.0
SECONDS_IN_ALL = 5.0


class DnsLookup:
    """Asks name servers (``servers``: addresses; those of the machine when none is given). No cache: a page shows what is."""

    def __init__(self, servers: Sequence[str] = (), port: int = 53, seconds: float = SECONDS_IN_ALL) -> None:
        self._servers = list(servers)
        self._port = port
        self._seconds = seconds

    def records(self, name: str, kind: Literal["A", "AAAA", "CAA", "MX", "TXT"]) -> list[str]:
        try:
            found = self._resolver().resolve(name, kind, lifetime=self._seconds, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN):
            return []
        except (dns.exception.SyntaxError, dns.name.LabelTooLong, dns.name.EmptyLabel, dns.name.NameTooLong):
            return []
        except (
            dns.exception.Timeout,
            dns.resolver.NoNameservers,
            dns.resolver.NoResolverConfiguration,
            OSError,
        ) as error:
            raise TryLater(f"no name server answered about {name} ({kind})") from error
        return [_words(row) for row in found]

    def _resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=not self._servers)
        if self._servers:
            resolver.nameservers = list(self._servers)
            resolver.port = self._port
        resolver.timeout = min(SECONDS_A_QUESTION, self._seconds)
        return resolver


def _words(row: Any) -> str:
    if hasattr(row, "strings"):
        # The parts of one text are put together without a space (RFC 7208, 3.3).
        return b"".join(row.strings).decode("utf-8", "replace")
    if hasattr(row, "exchange"):
        return str(row.exchange.to_text(omit_final_dot=True))
    return str(row.to_text())
