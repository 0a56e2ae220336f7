# SPDX-License-Identifier: AGPL-3.0-or-later
"""The promises of the stylesheet: light, nothing fetched, readable by day and by night."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

import archipel.design

FOLDER = Path(archipel.design.__file__).parent / "static" / "design"
SHEET = (FOLDER / "archipel.css").read_text()
LARGEST_GZIPPED = 20_000
TEXT, BORDER = 4.5, 3.0

TEXT_PAIRS = [
    ("ink", "page"), ("ink", "surface"), ("ink", "shoal"), ("ink", "shoal-2"), ("ink", "sand"), ("ink", "sand-2"),
    ("soft", "page"), ("soft", "surface"), ("soft", "shoal"), ("soft", "sand"),
    ("sea", "page"), ("sea", "surface"), ("sea", "shoal"), ("sea", "sand"), ("on-sea", "sea"), ("on-sea", "sea-2"),
    ("light", "page"), ("light", "surface"), ("on-light", "light"), ("on-light", "light-2"),
    ("ok", "ok-pale"), ("care", "care-pale"), ("stop", "stop-pale"), ("stop", "page"), ("stop", "surface"),
    ("sea", "stop-pale"), ("sea", "care-pale"), ("sea", "ok-pale"), ("ink", "stop-pale"), ("ink", "care-pale"),
    ("soft", "care-pale"), ("ink", "ok-pale"),
]  # fmt: skip
BORDER_PAIRS = [("edge", "page"), ("edge", "surface"), ("edge", "shoal"), ("light", "page"), ("light", "surface")]


def tokens_of(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{3,6})\b", block))


def blocks() -> dict[str, dict[str, str]]:
    day = tokens_of(SHEET[SHEET.index(":root {") : SHEET.index("@media (prefers-color-scheme: dark)")])
    dark = tokens_of(SHEET[SHEET.index("@media (prefers-color-scheme: dark)") : SHEET.index(".night {")])
    sky = tokens_of(SHEET[SHEET.index(".night {") : SHEET.index("/* ---------- base")])
    return {"day": day, "dark": day | dark, "sky": day | sky}


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_on_white_is_twenty_one():
    assert round(contrast("#000", "#ffffff"), 2) == 21


@pytest.mark.parametrize("scheme", ["day", "dark", "sky"])
def test_every_pair_of_colours_is_readable(scheme):
    tokens = blocks()[scheme]
    weak = [
        (front, back, round(contrast(tokens[front], tokens[back]), 2))
        for pairs, least in ((TEXT_PAIRS, TEXT), (BORDER_PAIRS, BORDER))
        for front, back in pairs
        if contrast(tokens[front], tokens[back]) < least
    ]
    assert weak == []


def test_stylesheet_is_light():
    assert len(gzip.compress(SHEET.encode(), 9)) < LARGEST_GZIPPED


@pytest.mark.parametrize("forbidden", ["url(", "data:", "@import", "!important", "animation", "@font-face", "http"])
def test_stylesheet_fetches_and_forces_nothing(forbidden):
    code = re.sub(r"/\*.*?\*/", "", SHEET, flags=re.S).replace('href^="http"', "")
    assert forbidden not in code


def test_stylesheet_opens_and_closes_as_many_blocks():
    assert SHEET.count("{") == SHEET.count("}")


def test_every_token_used_is_defined():
    assert set(re.findall(r"var\(--([a-z0-9-]+)", SHEET)) - set(re.findall(r"--([a-z0-9-]+)\s*:", SHEET)) == set()


def test_components_are_redrawn_by_tokens_only():
    night = SHEET[SHEET.index("@media (prefers-color-scheme: dark)") : SHEET.index("/* The night sky")]
    assert re.findall(r"^\s*([.a-z][^{:]*)\{", night, flags=re.M) == []


def test_paper_sets_again_every_colour_the_night_changes():
    dark = SHEET[SHEET.index("@media (prefers-color-scheme: dark)") : SHEET.index("/* The night sky")]
    paper = SHEET[SHEET.index("@media print") :]
    assert set(tokens_of(dark)) - set(tokens_of(paper)) == set()


def test_logo_carries_no_script():
    logo = (FOLDER / "logo.svg").read_text()
    assert ("<script" in logo, "href" in logo, len(logo) < 2000) == (False, False, True)
