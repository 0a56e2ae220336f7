# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a space says no to, in words: the codes of its application, and what several operations refuse alike."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from archipel.kernel.outside import RefusedOutside
from archipel.kernel.refusals import Refusal

# By code of ``ports.PUBLISH_CODES``: what is said when one file is known, and when none is.
_WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "empty": (
        gettext_lazy("There is nothing to publish: no file was found."),
        gettext_lazy("There is nothing to publish: no file was found."),
    ),
    "not_a_zip": (
        gettext_lazy(
            "The file “%(file)s” in this archive cannot be read: it is damaged, encrypted or packed in an unusual way."
        ),
        gettext_lazy("This archive cannot be read: it is not a zip, or it is damaged or encrypted."),
    ),
    "bad_path": (
        gettext_lazy("The name “%(file)s” cannot be used on a website: rename this file or folder."),
        gettext_lazy("One of the names cannot be used on a website: rename this file or folder."),
    ),
    "link": (
        gettext_lazy("“%(file)s” is a link to another file, not a file: replace it by what it leads to."),
        gettext_lazy("There is a link to another file, not a file: replace it by what it leads to."),
    ),
    "duplicate": (
        gettext_lazy(
            "“%(file)s” is there twice, or differs from another name only by capital letters or accents: keep one."
        ),
        gettext_lazy("Two files have the same name: keep one."),
    ),
    "too_many": (
        gettext_lazy("There are too many files: a site holds at most 10,000."),
        gettext_lazy("There are too many files: a site holds at most 10,000."),
    ),
    "too_large": (
        gettext_lazy("“%(file)s” is too large once unpacked."),
        gettext_lazy("This is too large once unpacked."),
    ),
    "quota": (
        gettext_lazy("There is not enough room left for “%(file)s”: this would be more than your space may hold."),
        gettext_lazy("There is not enough room: this is more than your space may hold."),
    ),
    "read_only": (
        gettext_lazy("Nothing can be published for now: this space is held back."),
        gettext_lazy("Nothing can be published for now: this space is held back."),
    ),
    "unknown": (
        gettext_lazy("This is no longer there: please send the files again."),
        gettext_lazy("This is no longer there: please send the files again."),
    ),
}


class PublishRefused(Refusal):
    """What was sent cannot be published; ``details``: ``reason`` (a code of ``PUBLISH_CODES``) and ``file``."""

    code = "publish_refused"
    message = gettext_lazy("This cannot be published. Your site is unchanged.")
    status = 422


_BUNDLE: dict[str, str | Promise] = {
    "not_a_bundle": gettext_lazy(
        "This is no export of a space: fetch it again, as a whole, from the page of the space."
    ),
    "other_format": gettext_lazy("This export is of a format that this version of Archipel does not know."),
    "damaged": gettext_lazy("This export is damaged, or was changed since it was made: nothing of it is taken."),
    "quota": gettext_lazy("This export holds more than the space may hold."),
    "bad_input": gettext_lazy("The application does not know what to do with this export."),
    "too_many": gettext_lazy("There are too many files in this archive."),
}


class BundleRefused(Refusal):
    """A bundle that cannot be taken; ``details``: ``reason`` (a code) and ``file``, where one is meant."""

    code = "bundle_refused"
    message = gettext_lazy("This cannot be brought back. The space is unchanged.")
    status = 422

    @classmethod
    def of(cls, code: str, about: str) -> BundleRefused:
        """Return what a person reads for a code, naming the file when it is known."""
        said = _BUNDLE.get(code) or (words_of(code, about) if code in _WORDS else cls.message)
        named = f"{said} ({about})" if about and code in _BUNDLE else str(said)
        unchanged = _("The space is unchanged.")
        return cls(f"{named} {unchanged}" if said != cls.message else named, field="archive", reason=code, file=about)


class StoreSilent(Refusal):
    """The store of websites does not answer, or is full for now."""

    code = "store_silent"
    message = gettext_lazy(
        "The store of websites does not answer for now. Your site is unchanged; please try again in a few minutes."
    )
    status = 503


class NotOpen(Refusal):
    """The space is not open (yet, or any more)."""

    code = "not_open"
    message = gettext_lazy("This space is not open: nothing can be changed in it.")


class HeldBack(Refusal):
    """A hold forbids publishing."""

    code = "held_back"
    message = gettext_lazy("Nothing can be published for now: this space is held back.")


def publish_refusal(refused: RefusedOutside) -> PublishRefused:
    """Return what a person reads for a refusal of the store, naming the file when it is known."""
    words = _WORDS.get(refused.code)
    unchanged = _("Your site is unchanged.")
    if words is None:
        return PublishRefused(reason=refused.code, file=refused.about, said=refused.reason)
    sentence = str(words[0] if refused.about else words[1])
    if refused.about:
        sentence %= {"file": refused.about}
    return PublishRefused(f"{sentence} {unchanged}", field="archive", reason=refused.code, file=refused.about)


def words_of(code: str, file: str) -> str:
    """Return the same sentence for a refusal that was recorded."""
    known, unknown = _WORDS.get(code, (PublishRefused.message, PublishRefused.message))
    return str(known) % {"file": file} if file else str(unknown)
