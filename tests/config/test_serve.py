# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a proxy says of a request is believed when there is one, and only then."""

from __future__ import annotations

import pytest
from waitress.adjustments import Adjustments
from waitress.proxy_headers import proxy_headers_middleware

from archipel.config.serve import options

SAID = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}


def reaches_the_application():
    arrived = {}
    clears = Adjustments(host="127.0.0.1", port=8000, **options()).clear_untrusted_proxy_headers
    serve = proxy_headers_middleware(lambda environ, _start: arrived.update(environ) or [b""], clear_untrusted=clears)
    serve(dict(SAID), None)
    return {name for name in arrived if name.startswith("HTTP_X")}


@pytest.mark.parametrize(
    ("header", "arriving"),
    [
        (None, set()),
        (("HTTP_X_FORWARDED_PROTO", "https"), {"HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_FOR"}),
    ],
    ids=["no proxy", "proxy"],
)
def test_words_of_a_proxy_arrive_when_there_is_one(settings, header, arriving):
    settings.SECURE_PROXY_SSL_HEADER = header

    assert reaches_the_application() == arriving
