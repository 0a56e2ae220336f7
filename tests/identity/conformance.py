# SPDX-License-Identifier: AGPL-3.0-or-later
"""The OpenID Foundation's checks of a basic provider, by name, and what comes of each here.

The names are the modules of the foundation's conformance suite: first the plan ``oidcc-basic-certification-test-plan``
for clients registered by hand, in its order (the three modules that need dynamic registration are not in it), then
the one module of the plan for the discovery document, then modules of other plans that ask something this provider
promises. The suite itself is a program that must reach a provider over the Internet; ``test_conformance.py`` asks the
same of ours without it. Words of the outcomes are the suite's: a *warning* or a *skip* does not stand in the way of
a certificate, and says here why it is one; *review* is what the suite makes of a page that somebody must look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Outcome(Enum):
    PASSED = "passed"
    WARNING = "warning"
    SKIPPED = "skipped"
    REVIEW = "review"


@dataclass(frozen=True)
class Check:
    """One module of the suite; ``why`` for what is not simply passed."""

    name: str
    outcome: Outcome = Outcome.PASSED
    why: str = ""


PAGE = "The suite asks for a picture of the page: nobody is led to the application."
SECOND = "The suite asks for a picture of the second proof; what it led to is checked here."
NO_ADDRESS = "The host keeps no postal address of persons: data it does not have cannot leak."
NO_PHONE = "Telephone numbers of persons are not told to applications."

BASIC = [
    Check("oidcc-server"),
    Check("oidcc-response-type-missing"),
    Check("oidcc-userinfo-get"),
    Check("oidcc-userinfo-post-header"),
    Check("oidcc-userinfo-post-body"),
    Check("oidcc-ensure-request-without-nonce-succeeds-for-code-flow"),
    Check(
        "oidcc-scope-profile", Outcome.WARNING,
        "Of the fourteen claims of this scope a person has three here: name, language, user name.",
    ),
    Check("oidcc-scope-email"),
    Check("oidcc-scope-address", Outcome.SKIPPED, NO_ADDRESS),
    Check("oidcc-scope-phone", Outcome.SKIPPED, NO_PHONE),
    Check("oidcc-scope-all", Outcome.SKIPPED, f"{NO_ADDRESS} {NO_PHONE}"),
    Check("oidcc-alternate-happy-flow"),
    Check("oidcc-display-page"),
    Check("oidcc-display-popup"),
    Check("oidcc-prompt-login", Outcome.REVIEW, SECOND),
    Check("oidcc-prompt-none-not-logged-in"),
    Check("oidcc-prompt-none-logged-in"),
    Check("oidcc-max-age-1", Outcome.REVIEW, SECOND),
    Check("oidcc-max-age-10000"),
    Check("oidcc-ensure-request-with-unknown-parameter-succeeds"),
    Check("oidcc-id-token-hint"),
    Check("oidcc-login-hint"),
    Check("oidcc-ui-locales"),
    Check("oidcc-claims-locales"),
    Check(
        "oidcc-ensure-request-with-acr-values-succeeds", Outcome.WARNING,
        "The request succeeds without acr: how somebody proved who they are is said by amr, which is not a level.",
    ),
    Check("oidcc-codereuse"),
    Check("oidcc-codereuse-30seconds"),
    Check("oidcc-ensure-registered-redirect-uri", Outcome.REVIEW, PAGE),
    Check("oidcc-ensure-post-request-succeeds"),
    Check("oidcc-server-client-secret-post"),
    Check("oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported"),
    Check(
        "oidcc-claims-essential", Outcome.WARNING,
        "The claims parameter is not supported, and discovery says so: what is told follows scopes and the host's choice.",
    ),
    Check("oidcc-ensure-request-object-with-redirect-uri", Outcome.REVIEW, PAGE),
    Check("oidcc-refresh-token"),
    Check("oidcc-ensure-request-with-valid-pkce-succeeds"),
]  # fmt: skip

CONFIGURATION = [Check("oidcc-discovery-endpoint-verification")]

OTHERS = [
    Check("oidcc-idtoken-signature"),
    Check("oidcc-ensure-redirect-uri-in-authorization-request", Outcome.REVIEW, PAGE),
    Check("oidcc-redirect-uri-query-OK"),
    Check("oidcc-redirect-uri-query-mismatch", Outcome.REVIEW, PAGE),
    Check("oidcc-redirect-uri-query-added", Outcome.REVIEW, PAGE),
    Check("oidcc-redirect-uri-regfrag"),
    Check("oidcc-server-rotate-keys"),
    Check(
        "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported", Outcome.PASSED,
        "Refused as not supported: the provider fetches nothing from addresses that a request names.",
    ),
    Check(
        "oidcc-userinfo-rs256", Outcome.SKIPPED,
        "Userinfo is plain JSON; discovery names no algorithm to sign it with.",
    ),
]  # fmt: skip

ALL = [*BASIC, *CONFIGURATION, *OTHERS]
