# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.design.prose import html_of_prose


def test_heading_begins_at_the_third_level_and_stops_at_the_sixth():
    assert html_of_prose("# A\n\n###### B") == "<h3>A</h3>\n<h6>B</h6>\n"


def test_heading_of_a_text_without_a_first_level_leaves_no_gap():
    assert html_of_prose("## A\n\n### B", 2) == "<h2>A</h2>\n<h3>B</h3>\n"


def test_heading_begins_where_the_page_asks():
    assert html_of_prose("# A\n\n## B", 2) == "<h2>A</h2>\n<h3>B</h3>\n"


def test_raw_html_is_shown_as_text():
    assert html_of_prose("<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example",
    ],
)
def test_link_to_a_dangerous_address_stays_text(address):
    assert "<a" not in html_of_prose(f"[words]({address})")


def test_link_elsewhere_gives_nothing_away():
    assert html_of_prose("[there](https://site.example/a?b=1)") == (
        '<p><a href="https://site.example/a?b=1" rel="external noopener noreferrer">there</a></p>\n'
    )


@pytest.mark.parametrize("address", ["/services/site/", "#terms", "?page=2", "mailto:bonjour@lescale.example"])
def test_link_of_the_house_is_plain(address):
    assert html_of_prose(f"[here]({address})") == f'<p><a href="{address}">here</a></p>\n'


def test_picture_is_never_fetched():
    assert html_of_prose("![alt](https://site.example/pixel.png)") == (
        '<p>!<a href="https://site.example/pixel.png" rel="external noopener noreferrer">alt</a></p>\n'
    )


def test_table_aligns_by_class_never_by_style():
    html = html_of_prose("| a | b |\n| --- | ---: |\n| c | 1 |")
    assert html == (
        '<table>\n<thead>\n<tr>\n<th>a</th>\n<th class="num">b</th>\n</tr>\n</thead>\n'
        '<tbody>\n<tr>\n<td>c</td>\n<td class="num">1</td>\n</tr>\n</tbody>\n</table>\n'
    )


def test_nothing_written_is_nothing_shown():
    assert html_of_prose("") == ""
