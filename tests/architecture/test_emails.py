# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each message is a subject and a body, sent by somebody, and holds no word outside a translated block."""

from __future__ import annotations

import re

from tests.architecture.sources import SOURCE, app_of, python_files, short

TAGS = re.compile(
    r"{%\s*(?:blocktranslate|blocktrans)\b.*?{%\s*endblocktrans(?:late)?\s*%}|{#.*?#}|{%\s*comment.*?endcomment\s*%}|{%.*?%}|{{.*?}}",
    re.DOTALL,
)
WORDS = re.compile(r"[A-Za-zÀ-ÿ]{3,}")


def _messages() -> set[str]:
    folders = [folder for folder in SOURCE.glob("*/templates/*/emails/*") if folder.is_dir()]
    return {f"{app_of(folder)}/{folder.name}" for folder in folders}


def _folder(name: str):
    app, message = name.split("/")
    return SOURCE / app / "templates" / app / "emails" / message


def test_every_message_is_a_subject_and_a_body():
    files = {name: sorted(path.name for path in _folder(name).iterdir()) for name in _messages()}
    assert {name: found for name, found in files.items() if found != ["body.txt", "subject.txt"]} == {}


def test_every_message_says_everything_in_words_that_are_translated():
    raw = {}
    for name in _messages():
        for part in ("subject.txt", "body.txt"):
            left = TAGS.sub(" ", (_folder(name) / part).read_text())
            if words := WORDS.findall(left):
                raw[f"{name}/{part}"] = words
    assert raw == {}


def test_every_subject_is_one_line():
    long = [name for name in _messages() if len((_folder(name) / "subject.txt").read_text().strip().splitlines()) != 1]
    # Several lines of tags around one sentence (a choice of two) still render as one line.
    assert [name for name in long if "{% if" not in (_folder(name) / "subject.txt").read_text()] == []


def test_every_message_is_sent_by_somebody_and_nobody_sends_another():
    source = "\n".join(path.read_text() for path in python_files())
    named = set(re.findall(r"""["']([a-z]+/[a-z_0-9]+)["']""", source))
    apps = {name.split("/")[0] for name in _messages()}
    # identity: django-allauth asks for its messages by the name of its own templates; the adapter gives them ours.
    unsent = {name for name in _messages() - named if not name.startswith("identity/")}
    unknown = {
        name for name in re.findall(r"""(?:send|_send|mail)\([^)]*?name=["']([a-z]+/[a-z_0-9]+)["']""", source)
    } - _messages()
    assert (unsent, {name for name in unknown if name.split("/")[0] in apps}) == (set(), set())


def test_messages_are_found_at_all():
    assert len(_messages()) > 20
    assert [short(path) for path in SOURCE.glob("*/templates/*/emails/*.txt")] == []
