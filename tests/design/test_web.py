# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db
COMPONENTS = [
    *("hero", "badge", "alert", "tile", "choice", "field", "steps", "crossing", "queue", "pages", "stack", "thread"),
    *("versions", "letter", "code", "secret", "prose", "gauge", "facts", "figures", "empty", "drop"),
]


def test_living_page_shows_every_component(client, host):
    html = client.get("/design/", headers={"accept-language": "fr"}).content.decode()
    missing = [name for name in COMPONENTS if f'class="{name}' not in html]
    assert missing == []
    assert html.count("<h1") == 1


def test_living_page_is_hidden_in_real_use(client, host, settings):
    settings.DEMONSTRATION = False
    assert client.get("/design/").status_code == 404
