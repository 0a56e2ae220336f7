# SPDX-License-Identifier: AGPL-3.0-or-later
"""Somebody in front of a browser: goes where links lead, presses what has a name, reads what is written.

Everything is found by its role and its accessible name in the language of the person. What the tests write in English
is the source of the page's words: the catalogues say it in French.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext, override, pgettext, trans_real
from playwright.sync_api import Browser, Locator, Page, Response

PATIENCE = 10.0
DOMAIN = "pages.localhost"


class Lost(AssertionError):
    """What somebody looked for is not there; says where they were and where the picture of the page is."""


class Walker:
    """A person with a browser of their own; ``language`` is ``fr`` or ``en``."""

    def __init__(
        self, browser: Browser, address: str, language: str, *, script: bool = True, width: int = 1280
    ) -> None:
        self.language = language
        self.script = script
        self.address = address
        self.context = browser.new_context(
            base_url=address,
            locale={"fr": "fr-FR", "en": "en-US"}[language],
            java_script_enabled=script,
            accept_downloads=True,
            viewport={"width": width, "height": 900},
        )
        self.context.set_default_timeout(PATIENCE * 1000)
        self.page: Page = self.context.new_page()
        self.status = 0
        self.page.on("response", self._notice)

    def _notice(self, response: Response) -> None:
        """Remember how the page itself was answered."""
        if response.request.is_navigation_request():
            self.status = response.status

    def close(self) -> None:
        self.context.close()

    # Words

    def words(self, english: str, context: str = "", /, **values: Any) -> str:
        """Return a sentence of the pages in this person's language, typed the way a browser shows it."""
        known = trans_real.translation("fr")._catalog  # type: ignore[attr-defined]
        assert f"{context}\x04{english}" in known if context else english in known, f"no page says “{english}”"
        with override(self.language):
            said = pgettext(context, english) if context else gettext(english)
        return plain(said % values if values else said)

    # Going about

    def go(self, path: str) -> None:
        """Type an address; the page must answer, with one title and in the right language."""
        answer = self.page.goto(path)
        assert answer is not None
        self.look(answer.status)

    def look(self, status: int = 200) -> None:
        """Look at the page that came."""
        found = (status < 500, self.page.locator("h1").count(), self.page.locator("html").get_attribute("lang"))
        assert found == (True, 1, self.language), (
            f"{self.page.url}: answers, titles, language {found} (status {status})"
        )

    def follow(self, name: str, *, within: Locator | None = None) -> None:
        """Follow the link of that name."""
        (within or self.page).get_by_role("link", name=exactly(name)).first.click()
        self.page.wait_for_load_state()
        self.look()

    def press(self, name: str, *, within: Locator | None = None) -> None:
        """Press the button of that name."""
        (within or self.page).get_by_role("button", name=exactly(name)).first.click()
        self.page.wait_for_load_state()
        self.look()

    def unfold(self, name: str) -> None:
        """Open a part of the page that is folded."""
        self.page.locator("summary").filter(has_text=exactly(name)).first.click()

    # Filling in

    def type(self, label: str, text: str) -> None:
        self._unfold_around(self.field(label)).fill(text)

    def field(self, label: str) -> Locator:
        """Return the field with that label; ``(optional)`` need not be said."""
        optional = re.escape(self.words("(optional)"))
        return self.page.get_by_label(re.compile(rf"^\s*{blanks(label)}\s*({optional})?\s*$")).first

    def choose(self, label: str, answer: str) -> None:
        """Choose in a list."""
        self._unfold_around(self.field(label)).select_option(label=answer)

    def tick(self, answer: str, *, within: Locator | None = None) -> None:
        """Tick a box or choose a card by the beginning of its words."""
        for role in ("radio", "checkbox"):
            name = re.compile(rf"^\s*{blanks(answer)}")
            found = (within or self.page).get_by_role(role, name=name, include_hidden=True).first
            if found.count():
                return self._unfold_around(found).check()
        raise Lost(f"{self.page.url}: nothing to tick says “{answer}”")

    def _unfold_around(self, found: Locator) -> Locator:
        """Open the folded part of the page that something is in, as anybody would."""
        folded = found.locator("xpath=ancestor::details[not(@open)]/summary")
        if not found.is_visible() and folded.count():
            folded.first.click()
        return found

    def group(self, name: str) -> Locator:
        return self.page.get_by_role("group", name=exactly(name))

    # Reading

    def reads(self, *sentences: str) -> None:
        """Insist that each sentence is on the page."""
        shown = " ".join(plain(self.page.locator("main").text_content() or "").split())
        missing = [sentence for sentence in sentences if " ".join(plain(sentence).split()) not in shown]
        assert not missing, f"not on the page: {missing}"

    def text(self) -> str:
        return plain(self.page.locator("main").inner_text())

    def until(self, question: Callable[[], Any], what: str, seconds: float = 60) -> Any:
        """Load the page again until the answer is true, and return it."""
        end = time.monotonic() + seconds
        while not (answer := question()):
            assert time.monotonic() < end, f"{self.page.url}: waited {seconds:.0f} s in vain for {what}"
            time.sleep(0.3)
            self.page.reload()
        return answer

    def picture(self, folder: Path, name: str) -> Path:
        path = folder / f"{name}.png"
        self.page.screenshot(path=path, full_page=True)
        return path

    # What everybody does

    def sign_in(self, email: str, passphrase: str) -> None:
        self.go("/account/login/")
        self.type(self.words("E-mail address"), email)
        self.type(self.words("Passphrase"), passphrase)
        self.press(self.words("Sign in"))
        assert "/account/" not in self.page.url, f"{email} is not let in: {self.text()}"

    def read_mail(self, to: str, *, holding: str) -> str:
        """Open the newest mail to somebody that holds these words; return what it says."""
        self.go(f"/demonstration/mails/?to={to}")
        letters: dict[str, str] = {}

        def letter() -> str:
            places = self.page.locator("main table").get_by_role("link")
            for path in [link.get_attribute("href") or "" for link in places.all()]:
                if path not in letters:
                    letters[path] = html.unescape(self.page.request.get(path).text())
                if plain(holding) in plain(letters[path]):
                    return path
            return ""

        self.go(self.until(letter, f"a mail to {to} with “{holding}”"))
        return self.text()

    def open_mail(self, to: str, link: str, *, holding: str = "") -> str:
        """Follow a link of the newest mail to somebody that has one with ``link``; return what the mail says."""
        said = self.read_mail(to, holding=holding or link)
        self.page.locator(f"article a[href*='{link}']").first.click()
        self.page.wait_for_load_state()
        self.look()
        return said

    def path(self) -> str:
        """Return the path of the page."""
        return urlsplit(self.page.url).path


def plain(text: str) -> str:
    """Return a text with ordinary spaces."""
    return re.sub(r"[\u00a0\u202f]", " ", text)


def blanks(text: str) -> str:
    """Return a pattern of a text in which any kind of space is right."""
    return r"[\s\u00a0\u202f]+".join(re.escape(word) for word in plain(text).split())


def exactly(text: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*{blanks(text)}\s*$")
