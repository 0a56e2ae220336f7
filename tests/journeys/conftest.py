# SPDX-License-Identifier: AGPL-3.0-or-later
"""A demonstration of its own for each module, and a browser without a window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.serving import Served, free_port
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.serving import untouched


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A demonstration that was loaded once and stopped, and its port; the addresses in its mails hold the port."""
    data, port = tmp_path_factory.mktemp("demonstration") / "data", free_port()
    with Served(data, port, ARCHIPEL_DATABASE=""):
        pass
    return data, port


@pytest.fixture(scope="module")
def fresh(loaded: tuple[Path, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demonstration that nobody has touched yet."""
    with untouched(loaded, tmp_path_factory.mktemp("fresh")) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Playwright keeps a loop in this thread: no other module may find it open.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of pages that failed are kept, outside the repository."""
    return tmp_path_factory.mktemp("pictures")
