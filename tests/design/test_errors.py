# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.template.loader import get_template
from django.test import RequestFactory
from django.utils.translation import override

from archipel.design.errors import CSRF_TEXTS, error_page, texts_for


@pytest.mark.parametrize(("asked", "given"), [(404, 404), (418, 400), (502, 500), ("csrf", 403)])
def test_texts_of_an_unknown_status_are_those_of_its_family(asked, given):
    assert texts_for(asked).status == given


def test_expired_form_is_not_called_forbidden():
    assert texts_for("csrf") == CSRF_TEXTS


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500", "503"])
def test_root_template_stands_without_context(name):
    with override("en"):
        html = get_template(f"{name}.html").render()
        title = str(texts_for("csrf" if name == "403_csrf" else name).title)
    assert (html.count(f"<h1>{title}</h1>"), html.count(f"<title>{title} · ")) == (1, 1)


@pytest.mark.django_db
def test_error_page_says_what_happened_what_was_kept_and_what_to_do(rf: RequestFactory, host):
    with override("en"):
        response = error_page(
            rf.get("/a/"),
            409,
            message="Maëlle <b> decided.",
            kept="Your letter is kept.",
            act_url="/b/",
            act_label="See it",
        )
    html = response.content.decode()
    assert response.status_code == 409
    assert '<p class="lead">Maëlle &lt;b&gt; decided.</p>' in html
    assert "<p>Your letter is kept.</p>" in html
    assert '<a class="button" href="/b/">See it</a>' in html
    assert "Code 409" in html
