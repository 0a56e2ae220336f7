# SPDX-License-Identifier: AGPL-3.0-or-later
"""Step 8: the site is published by a zip and by a folder, visited, restored; what is refused leaves it untouched."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from tests.journeys.people import Journey

FOLDERS, FILES_EACH = 6, 6
TRAVERSAL = "../../outside.html"


def page(words: str) -> str:
    return f"<!doctype html><html lang=fr><meta charset=utf-8><title>{words}</title><h1>{words}</h1></html>"


def zipped(**pages: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, words in pages.items():
            archive.writestr(name, page(words))
    return buffer.getvalue()


def _send_zip(journey: Journey, name: str, content: bytes) -> None:
    visitor, say = journey.visitor, journey.say
    visitor.go(journey.space_path)
    chosen = {"name": name, "mimeType": "application/zip", "buffer": content}
    visitor.field(say("A zip of your site")).set_input_files(chosen)  # type: ignore[arg-type]
    visitor.press(say("Publish this zip"))


def _shows(journey: Journey, path: str, words: str) -> None:
    ines = journey.walker("ines")
    ines.page.goto(journey.site.rstrip("/") + path)
    shown = ines.page.locator("h1").inner_text()
    assert shown == words, f"{ines.page.url} shows “{shown}”, not “{words}”"


def publish_a_zip(journey: Journey) -> None:
    """Two versions by zip; pages have clean addresses and the usage is shown."""
    _send_zip(journey, "site.zip", zipped(**{"index.html": "Bienvenue"}))
    _shows(journey, "/", "Bienvenue")
    _send_zip(journey, "site.zip", zipped(**{"index.html": "Vente samedi", "nous/index.html": "Qui sommes-nous"}))
    _shows(journey, "/", "Vente samedi")
    _shows(journey, "/nous/", "Qui sommes-nous")
    journey.visitor.reads(journey.say("Versions"), journey.say("Online"), journey.say("Room used"))


def publish_a_folder(journey: Journey) -> None:
    """With scripts, a folder of nested folders goes online with its paths; without, the page offers the zip only."""
    visitor, say = journey.visitor, journey.say
    visitor.go(journey.space_path)
    field = visitor.page.get_by_label(say("Or a folder of this computer"))
    if not journey.script:
        assert not field.is_visible(), f"{visitor.page.url}: offers a folder, which needs a script"
        return
    field.set_input_files(_folder(journey.folder / f"{journey.language}-site"))
    visitor.page.get_by_role("button", name=say("Publish this folder")).click()
    visitor.page.get_by_text(re.compile(str(FOLDERS * FILES_EACH + 1))).first.wait_for()
    visitor.page.get_by_role("status").first.wait_for()
    _shows(journey, "/", "Par dossier")
    _shows(journey, f"/rayon-2/objet-{FILES_EACH - 1}", f"Objet 2-{FILES_EACH - 1}")


def _folder(root: Path) -> Path:
    (root / "rayon-0").mkdir(parents=True)
    (root / "index.html").write_text(page("Par dossier"))
    inner = root
    for folder in range(FOLDERS):
        # Every other folder is inside the one before it: their paths are nested, not only side by side.
        inner = (inner if folder % 2 else root) / f"rayon-{folder}"
        inner.mkdir(exist_ok=True)
        for number in range(FILES_EACH):
            (inner / f"objet-{number}.html").write_text(page(f"Objet {folder}-{number}"))
    return root


def restore_the_earlier_version(journey: Journey) -> None:
    """One button puts an earlier version back online."""
    visitor, say = journey.visitor, journey.say
    visitor.go(journey.space_path)
    first = say("Put version %(number)s back online", number=1)
    visitor.press(first)
    _shows(journey, "/", "Bienvenue")


def send_bad_zips(journey: Journey) -> None:
    """What is no zip, and a zip that reaches outside, are refused in words; the site online is untouched."""
    visitor, say = journey.visitor, journey.say
    for name, content in (("photo.zip", b"this is no zip"), ("sly.zip", zipped(**{TRAVERSAL: "Dehors"}))):
        _send_zip(journey, name, content)
        alert = visitor.page.get_by_role("alert")
        assert alert.count() == 1, f"{visitor.page.url}: {name} is not refused in words"
        visitor.reads(say("What you typed is kept; a file must be chosen again, browsers do not keep it."))
        _shows(journey, "/", "Bienvenue")
