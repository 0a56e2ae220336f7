# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.machines.recipes.quantities import mode_of, seconds_of, share_of_cpus, size_in_bytes


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1024", 1024), ("64k", 65_536), ("64kb", 65_536), ("64KiB", 65_536), ("256M", 268_435_456), ("256m", 268_435_456),
        ("1.5G", 1_610_612_736), ("1 g", 1_073_741_824), ("2T", 2_199_023_255_552), ("1b", 1),
    ],
)  # fmt: skip
def test_size_is_read_as_docker_reads_it(text, size):
    assert size_in_bytes(text) == size


@pytest.mark.parametrize(
    "text", ["", "0", "0M", "-1M", "M", "1,5G", "1 M B", "ten", "1e6", "256M ", "1MM", "٣M", "9" * 16]
)
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match=re.escape(text) + "$"):
        size_in_bytes(text)


@given(st.integers(1, 10**9), st.sampled_from("kKmMgGtT"))
def test_size_grows_by_1024_with_each_letter(number, letter):
    assert size_in_bytes(f"{number}{letter}") == number * 1024 ** ("kmgt".index(letter.lower()) + 1)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10s", 10), ("1m30s", 90), ("1.5h", 5400), ("300ms", 0.3), ("2h45m", 9900), ("1h1m1s1ms", 3661.001), ("0", 0), ("0s", 0), (".5s", 0.5)],
)  # fmt: skip
def test_duration_is_read_as_go_reads_it(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "s", "10 s", "-1s", "1d", "10s ", "1m 30s", "1m30", "s10", "1..5s", "٣s"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match=re.escape(text) + "$"):
        seconds_of(text)


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_parts_of_a_duration_add_up(hours, minutes, seconds, thousandths):
    text = f"{hours}h{minutes}m{seconds}s{thousandths}ms"
    assert math.isclose(seconds_of(text), hours * 3600 + minutes * 60 + seconds + thousandths / 1000)


@given(st.text(max_size=20))
def test_any_text_is_a_quantity_or_refused(text):
    for read in (size_in_bytes, seconds_of, share_of_cpus, mode_of):
        try:
            assert read(text) >= 0
        except ValueError:
            assert (read, text) not in [(size_in_bytes, "1"), (share_of_cpus, "1")]


@pytest.mark.parametrize(("text", "share"), [("0.5", 0.5), ("2", 2.0), (".25", 0.25), ("1.0", 1.0)])
def test_share_of_processors_is_read(text, share):
    assert share_of_cpus(text) == share


@pytest.mark.parametrize("text", ["0", "0.0", "-1", "1/2", "", "half", "1e1", "nan", "inf"])
def test_what_is_no_share_of_processors_is_refused(text):
    with pytest.raises(ValueError, match=re.escape(text) + "$"):
        share_of_cpus(text)


@pytest.mark.parametrize(("text", "mode"), [("0400", 0o400), ("0o444", 0o444), ("00", 0), ("0755", 0o755)])
def test_mode_is_read_in_octal(text, mode):
    assert mode_of(text) == mode


@pytest.mark.parametrize("text", ["400", "0888", "0", "", "rw", "07777777", "-0400"])
def test_what_is_no_mode_in_octal_is_refused(text):
    with pytest.raises(ValueError, match=re.escape(text) + "$"):
        mode_of(text)
