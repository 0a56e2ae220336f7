# SPDX-License-Identifier: AGPL-3.0-or-later
"""The few pages a website's address shows by itself: first page, hold, unknown site, missing page, trouble.

They hold everything they need: no other file, no script, nothing from elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape

from archipel.spaces.ports import HoldNotice

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{margin:0;min-height:100vh;display:grid;place-items:center;font:1.125rem/1.6 system-ui,sans-serif;"
    "background:#f4f8f9;color:#16303a}"
    "main{max-width:34rem;padding:2rem 1.5rem}h1{font-size:1.75rem;line-height:1.25;margin:0 0 1rem;"
    "overflow-wrap:anywhere}p{margin:.75rem 0;overflow-wrap:anywhere}a{color:#0b5a75}"
    "hr{border:0;border-block-start:1px solid #b9ccd3;margin:1.5rem 0}"
    "@media(prefers-color-scheme:dark){body{background:#0e1c26;color:#e6eff2}a{color:#8fd0e8}hr{border-color:#35505c}}"
)
CONTENT_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)

_FRENCH = {
    "first.title": "{title}",
    "first.text": "Le site de {title} vivra bientôt ici.",
    "first.more": "Cette adresse est réservée et prête\u202f: il ne reste plus qu’à y publier des pages.",
    "held.host.title": "Ce site est suspendu",
    "held.host.text": "{host} a suspendu ce site pour le moment. Son contenu est conservé.",
    "held.own_wish.title": "Ce site est en pause",
    "held.own_wish.text": "Celles et ceux qui le publient l’ont mis en pause. Son contenu est conservé.",
    "held.maintenance.title": "Ce site est en maintenance",
    "held.maintenance.text": "{host} y travaille\u202f: il revient bientôt. Rien n’est perdu.",
    "held.closing.title": "Ce site ferme",
    "held.closing.text": "Sa fermeture a été demandée\u202f: il n’est plus visible.",
    "held.contact": "Pour toute question, écrivez à {contact}.",
    "unknown.title": "Il n’y a pas de site à cette adresse",
    "unknown.text": "Aucun site ne se trouve à l’adresse {address}. Vérifiez qu’elle est bien écrite\u202f: "
    "le site a peut-être changé de nom, ou a fermé.",
    "missing.title": "Cette page n’existe pas",
    "missing.text": "Le site existe, mais pas cette page. Elle a peut-être été déplacée.",
    "missing.home": "Aller à la première page",
    "method.title": "Ce site se lit seulement",
    "method.text": "Cette adresse montre des pages\u202f; elle ne reçoit rien.",
    "trouble.title": "Ce site ne répond pas pour le moment",
    "trouble.text": "La panne vient de l’hébergement, pas du site. Réessayez dans quelques instants.",
}
_ENGLISH = {
    "first.title": "{title}",
    "first.text": "The site of {title} will live here soon.",
    "first.more": "This address is reserved and ready: all that is left is to publish pages.",
    "held.host.title": "This site is suspended",
    "held.host.text": "{host} has suspended this site for now. Its content is kept.",
    "held.own_wish.title": "This site is paused",
    "held.own_wish.text": "Those who publish it have paused it. Its content is kept.",
    "held.maintenance.title": "This site is being worked on",
    "held.maintenance.text": "{host} is at it: it will be back soon. Nothing is lost.",
    "held.closing.title": "This site is closing",
    "held.closing.text": "Its closing was asked for: it is no longer shown.",
    "held.contact": "If you have a question, write to {contact}.",
    "unknown.title": "There is no site at this address",
    "unknown.text": "No site lives at {address}. Check that it is spelled right: "
    "the site may have changed its name, or have closed.",
    "missing.title": "This page does not exist",
    "missing.text": "The site exists, but not this page. It may have moved.",
    "missing.home": "Go to the first page",
    "method.title": "This site can only be read",
    "method.text": "This address shows pages; it receives nothing.",
    "trouble.title": "This site does not answer for now",
    "trouble.text": "The trouble is with the hosting, not with the site. Please try again in a moment.",
}
_WORDS = {"fr": _FRENCH, "en": _ENGLISH}


def first_page(title: str, language: str) -> bytes:
    """What a newly opened site shows until something is published."""
    lines = [_say(language, "first.text", title=title), _say(language, "first.more")]
    return _page([(_known(language), _say(language, "first.title", title=title), lines)])


def held(notice: HoldNotice) -> bytes:
    """What a suspended site shows, in the language of its notice: whose act it is, and whom to write to."""
    lines = [
        _say(notice.language, f"held.{notice.cause}.text", host=notice.host_name),
        _say(notice.language, "held.contact", contact=notice.contact, link=True),
    ]
    return _page([(_known(notice.language), _say(notice.language, f"held.{notice.cause}.title"), lines)])


def unknown(address: str, preferred: str) -> bytes:
    """What an address without a site shows, in both languages: nobody knows who is reading."""
    order = sorted(_WORDS, key=lambda language: language != _known(preferred))
    return _page([(one, _say(one, "unknown.title"), [_say(one, "unknown.text", address=address)]) for one in order])


def missing(language: str) -> bytes:
    """What a site without a ``404.html`` of its own shows for a page it does not have."""
    home = f'<a href="/">{_say(language, "missing.home")}</a>'
    return _page([(_known(language), _say(language, "missing.title"), [_say(language, "missing.text"), home])])


def method(language: str) -> bytes:
    """What is answered to anything but reading."""
    return _page([(_known(language), _say(language, "method.title"), [_say(language, "method.text")])])


def trouble(preferred: str) -> bytes:
    """What is shown while the store does not answer."""
    return _page([(_known(preferred), _say(preferred, "trouble.title"), [_say(preferred, "trouble.text")])])


def preferred_language(accepted: str) -> str:
    """Return the first language of an ``Accept-Language`` that we speak, French if there is none."""
    for wish in accepted[:200].lower().split(","):
        language = wish.strip()[:2]
        if language in _WORDS:
            return language
    return "fr"


def _known(language: str) -> str:
    return language[:2].lower() if language[:2].lower() in _WORDS else "en"


def _say(language: str, key: str, *, link: bool = False, **given: str) -> str:
    shown = {name: _link(value) if link else escape(value) for name, value in given.items()}
    return _WORDS[_known(language)][key].format(**shown)


def _link(contact: str) -> str:
    if contact.startswith(("https://", "http://")):
        return f'<a href="{escape(contact)}">{escape(contact)}</a>'
    return f'<a href="mailto:{escape(contact)}">{escape(contact)}</a>' if "@" in contact else escape(contact)


def _page(parts: list[tuple[str, str, list[str]]]) -> bytes:
    language, title, _ = parts[0]
    body = "<hr>".join(_part(number, *part) for number, part in enumerate(parts))
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main>{body}</main></body></html>"
    ).encode()


def _part(number: int, language: str, title: str, lines: list[str]) -> str:
    # One first heading a page: the same words in a second language are a second heading.
    level = 1 if number == 0 else 2
    told = "".join(f"<p>{line}</p>" for line in lines)
    return f'<section lang="{language}"><h{level}>{title}</h{level}>{told}</section>'
