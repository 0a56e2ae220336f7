# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who walks, and what they know on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser

from archipel.portal.demonstration.sign_ins import PASSPHRASE
from tests.journeys.walker import Walker

ORGANISATION = "La ressourcerie des Trois-Ponts"
OWN = "une lanterne dans la brume douce"


@dataclass(frozen=True)
class Somebody:
    name: str
    email: str


CAMILLE = Somebody("Camille Berthou", "camille@trois-ponts.example")
INES = Somebody("Inès Le Dantec", "ines@trois-ponts.example")
PAUL = Somebody("Paul Guillou", "paul@trois-ponts.example")
MAELLE = Somebody("Maëlle Riou", "maelle@lescale.example")
YANN = Somebody("Yann Le Goff", "yann@lescale.example")

ACCESS = ["Open to all, without an account", "With a free account", "For members", "On request"]
# What the host of the demonstration wrote itself, in both languages.
HOST_WORDS = {
    "fr": {"site": "Site", "videos": "Vidéos", "size": "5 Go", "french": "français"},
    "en": {"site": "Website", "videos": "Videos", "size": "5 GB", "french": "French"},
}


@dataclass
class Journey:
    """One walk through the nine steps: a browser for each person, and the addresses found on the way."""

    browser: Browser
    address: str
    language: str
    script: bool
    folder: Path
    follow_url: str = ""
    request_path: str = ""
    wave_path: str = ""
    space_path: str = ""
    organisation_path: str = ""
    site: str = ""
    walkers: dict[str, Walker] = field(default_factory=dict)

    def walker(self, name: str) -> Walker:
        """Return the browser of one person, opened the first time they are met."""
        if name not in self.walkers:
            self.walkers[name] = Walker(self.browser, self.address, self.language, script=self.script)
            for somebody in (MAELLE, YANN):
                if somebody.email.startswith(name):
                    self.walkers[name].sign_in(somebody.email, PASSPHRASE)
        return self.walkers[name]

    @property
    def visitor(self) -> Walker:
        """Camille: nobody at first, then the referent."""
        return self.walker("camille")

    @property
    def maelle(self) -> Walker:
        return self.walker("maelle")

    @property
    def yann(self) -> Walker:
        return self.walker("yann")

    def say(self, english: str, context: str = "", /, **values: object) -> str:
        return self.visitor.words(english, context, **values)

    @property
    def access(self) -> list[str]:
        """The ways of entering a service, in the order of the front page."""
        return [self.say(words) for words in ACCESS]

    @property
    def service(self) -> str:
        return HOST_WORDS[self.language]["site"]

    @property
    def videos(self) -> str:
        return HOST_WORDS[self.language]["videos"]

    @property
    def size(self) -> str:
        return HOST_WORDS[self.language]["size"]

    @property
    def first_language(self) -> str:
        """The host's first language, as the desk names it."""
        return HOST_WORDS[self.language]["french"]

    def money(self, euros: int) -> str:
        return f"{euros} €" if self.language == "fr" else f"€{euros}"

    def told(self, step: str, problem: Exception) -> str:
        """Return where everybody stood when a step went wrong, with pictures of their pages."""
        lines = [f"{step}: {problem}"]
        for name, walker in self.walkers.items():
            picture = walker.picture(self.folder, f"{self.language}-{step}-{name}")
            lines.append(f"{name} at {walker.page.url}, picture {picture}")
        return "\n".join(lines)

    def close(self) -> None:
        for walker in self.walkers.values():
            walker.close()
