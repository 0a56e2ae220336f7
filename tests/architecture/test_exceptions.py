# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where a tool is told to look away, the line says why."""

from __future__ import annotations

import re

from tests.architecture.sources import ROOT, SOURCE, python_files, short

# What a tool is told is a comment; what a string of a test says is none.
IGNORED = re.compile(r"#\s*type:\s*ignore(?P<code>\[[a-z, -]+\])?(?P<rest>.*)")
UNCHECKED = re.compile(r"#\s*noqa(?P<code>:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?(?P<rest>.*)")
REASON = re.compile(r"^\s*(?:#|[-–])\s*\S.{5,}")
# A name that a library's signature asks for, and the body does not need, explains itself.
PLAIN = re.compile(r":\s*ARG00[12]\b")


def _lines():
    for path in python_files():
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            yield f"{short(path)}:{number}", line


def test_every_ignored_type_names_its_error_and_says_why():
    found = [(where, match) for where, line in _lines() if (match := IGNORED.search(line))]
    assert [where for where, match in found if not match["code"] or not REASON.match(match["rest"])] == []


def test_every_unchecked_line_names_its_rule_and_says_why():
    found = [(where, match) for where, line in _lines() if (match := UNCHECKED.search(line))]
    assert [
        where
        for where, match in found
        if not match["code"] or not (REASON.match(match["rest"]) or PLAIN.match(match["code"]))
    ] == []


def test_nothing_is_left_to_do():
    marks = re.compile(r"(?:#|//|/\*|{%).*\b(?:TODO|FIXME|XXX|HACK|TEMP)\b")
    files = [*python_files(SOURCE, ROOT / "tests", ROOT / "bench"), *SOURCE.rglob("*.html"), *SOURCE.rglob("*.js")]
    found = [
        f"{short(path)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if marks.search(line) and path.name != "test_exceptions.py"
    ]
    assert found == []


def test_nothing_is_left_out_of_a_test_run_silently():
    """A skip that does not depend on the machine hides something that is not done."""
    skip = re.compile(r"pytest\.mark\.(?:skip\b|xfail)|pytest\.(?:xfail|skip)\((?!\s*[\"'f])")
    assert [
        short(path)
        for path in python_files(ROOT / "tests")
        if skip.search(path.read_text()) and path.name != "test_exceptions.py"
    ] == []
