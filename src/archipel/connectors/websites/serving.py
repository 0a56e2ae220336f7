# SPDX-License-Identifier: AGPL-3.0-or-later
"""A plain WSGI application that shows websites by their host name. No session, no cookie, nothing of the portal.

``/report`` of every site leads to the portal's form (DSA, art. 16), whatever the site itself holds under that path.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from email.utils import format_datetime
from http import HTTPStatus
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from archipel.connectors.websites import pages
from archipel.connectors.websites.conditions import NotSatisfiable, accepts_gzip, is_known, wanted_part
from archipel.connectors.websites.media_types import is_page, is_text, media_type
from archipel.connectors.websites.reading import Reader
from archipel.connectors.websites.records import Files, Site, blob_key, host_name
from archipel.connectors.websites.store import Missing, Store, read_chunks
from archipel.kernel.outside import RefusedOutside, TryLater

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

COMPRESSIBLE = range(256, 4 * 1024 * 1024)
_REPORT = {"/report", "/report/"}
_log = logging.getLogger(__name__)


@dataclass
class Answer:
    """What is answered; ``content`` is None where the answer has no body of its own."""

    status: HTTPStatus
    headers: dict[str, str] = field(default_factory=dict)
    content: IO[bytes] | None = None
    length: int | None = None
    whole: bool = False
    """Whether ``content`` may be sent to its end by the server itself."""


class SitesApplication:
    """``report_url`` gives the portal's address for a report about a site's address."""

    def __init__(self, store: Store, sites_domain: str, report_url: Callable[[str], str]) -> None:
        self._store = store
        self._reader = Reader(store)
        self._sites_domain = sites_domain
        self._report_url = report_url

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            answer = self._answer(environ)
        except (TryLater, RefusedOutside) as error:
            _log.warning("websites: %s could not be shown: %s", environ.get("HTTP_HOST", ""), error.reason)
            answer = _page(HTTPStatus.SERVICE_UNAVAILABLE, pages.trouble(_preferred(environ)), {"Retry-After": "30"})
        return _send(answer, environ, start_response)

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        host = environ.get("HTTP_HOST", "")
        address = host_name(host.rpartition(":")[0] if ":" in host else host)
        site = self._reader.site(address) if address else None
        if site is None:
            shown = address or self._sites_domain
            return _page(HTTPStatus.NOT_FOUND, pages.unknown(shown, _preferred(environ)))
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return _page(HTTPStatus.METHOD_NOT_ALLOWED, pages.method(site.language), {"Allow": "GET, HEAD"})
        path = environ.get("PATH_INFO") or "/"
        if path in _REPORT:
            return Answer(
                HTTPStatus.SEE_OTHER, {"Location": self._report_url(site.address), "Cache-Control": "no-store"}
            )
        if site.hold is not None and site.hold.effect == "suspended":
            return _page(HTTPStatus.SERVICE_UNAVAILABLE, pages.held(site.hold), {"Retry-After": "3600"})
        return self._show(site, path, environ)

    def _show(self, site: Site, path: str, environ: WSGIEnvironment) -> Answer:
        if site.online is None:
            status = HTTPStatus.OK if path == "/" else HTTPStatus.NOT_FOUND
            return _page(status, pages.first_page(site.title, site.language), {"Cache-Control": "no-cache"})
        try:
            files = self._reader.files(site)
            found = find(files, path)
            if found is None:
                return self._missing(site, files)
            if found.endswith("/"):
                return _moved(found, environ)
            return self._file(site, found, files[found], environ)
        except Missing as error:
            raise TryLater(f"a file of {site.address} is lost or was just replaced") from error

    def _missing(self, site: Site, files: Files) -> Answer:
        own = files.get("404.html")
        if own is None:
            return _page(HTTPStatus.NOT_FOUND, pages.missing(site.language))
        headers = {"Content-Type": media_type("404.html"), "Cache-Control": "no-cache"}
        content = self._store.open(blob_key(site.space_id, own[0]))
        return Answer(HTTPStatus.NOT_FOUND, headers, content, own[1], whole=True)

    def _file(self, site: Site, path: str, file: tuple[str, int], environ: WSGIEnvironment) -> Answer:
        sha256, size = file
        version = site.version(site.online)
        changed = format_datetime(version.published_at, usegmt=True) if version else ""
        kind = media_type(path)
        headers = {
            "Content-Type": kind,
            "Cache-Control": "no-cache" if is_page(kind) else "max-age=300",
            "Last-Modified": changed,
        }
        compressible = is_text(kind) and size in COMPRESSIBLE
        if compressible:
            headers["Vary"] = "Accept-Encoding"
            if "HTTP_RANGE" not in environ and accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
                return self._compressed(site, sha256, headers, environ)
        headers |= {"ETag": f'"{sha256}"', "Accept-Ranges": "bytes"}
        if is_known(environ, headers["ETag"], changed):
            return _unchanged(headers)
        return self._part(blob_key(site.space_id, sha256), size, headers, environ)

    def _compressed(self, site: Site, sha256: str, headers: dict[str, str], environ: WSGIEnvironment) -> Answer:
        headers |= {"ETag": f'"{sha256}-gzip"', "Content-Encoding": "gzip"}
        if is_known(environ, headers["ETag"], headers["Last-Modified"]):
            return _unchanged(headers)
        packed = self._reader.compressed(site, sha256)
        return Answer(HTTPStatus.OK, headers, BytesIO(packed), len(packed))

    def _part(self, key: str, size: int, headers: dict[str, str], environ: WSGIEnvironment) -> Answer:
        try:
            part = wanted_part(environ, headers["ETag"], headers["Last-Modified"], size)
        except NotSatisfiable:
            refused = {"Content-Range": f"bytes */{size}", "Cache-Control": "no-store"}
            return Answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, refused)
        if part is None:
            return Answer(HTTPStatus.OK, headers, self._opened(key, environ), size, whole=True)
        start, length = part
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{size}"
        return Answer(HTTPStatus.PARTIAL_CONTENT, headers, self._opened(key, environ, start, length), length)

    def _opened(self, key: str, environ: WSGIEnvironment, start: int = 0, length: int | None = None) -> IO[bytes]:
        return BytesIO() if environ["REQUEST_METHOD"] == "HEAD" else self._store.open(key, start, length)


def find(files: Files, path: str) -> str | None:
    """Return which file a path means, or the folder to be sent to (ends with ``/``), or None.

    ``/about/`` is ``about/index.html``; ``/about`` is the file ``about``, else ``about.html``, else the folder.
    ``path`` comes as WSGI gives it: decoded from percent signs, as Latin-1.
    """
    try:
        asked = unicodedata.normalize("NFC", path.encode("latin-1").decode())
    except UnicodeError:
        return None
    inside = asked.removeprefix("/")
    segments = inside.split("/")
    if not asked.startswith("/") or "" in segments[:-1] or not {".", ".."}.isdisjoint(segments):
        return None
    if segments[-1] == "":
        candidates = (f"{inside}index.html", f"{inside}index.htm")
    elif f"{inside}.html" not in files and inside not in files and f"{inside}/index.html" in files:
        return f"{inside}/"
    else:
        candidates = (inside, f"{inside}.html")
    return next((candidate for candidate in candidates if candidate in files), None)


def _moved(folder: str, environ: WSGIEnvironment) -> Answer:
    query = environ.get("QUERY_STRING", "")
    location = "/" + quote(folder, safe="/~!$&'()*+,;=:@") + (f"?{quote(query, safe=_QUERY)}" if query else "")
    return Answer(HTTPStatus.MOVED_PERMANENTLY, {"Location": location, "Cache-Control": "no-cache"})


_QUERY = "/?~!$&'()*+,;=:@%-._"


def _unchanged(headers: dict[str, str]) -> Answer:
    kept = ("ETag", "Last-Modified", "Cache-Control", "Vary")
    return Answer(HTTPStatus.NOT_MODIFIED, {name: headers[name] for name in kept if name in headers})


def _page(status: HTTPStatus, content: bytes, more: dict[str, str] | None = None) -> Answer:
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": pages.CONTENT_POLICY,
        "X-Robots-Tag": "noindex",
    }
    return Answer(status, headers | (more or {}), BytesIO(content), len(content))


def _preferred(environ: WSGIEnvironment) -> str:
    return pages.preferred_language(environ.get("HTTP_ACCEPT_LANGUAGE", ""))


def _send(answer: Answer, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    headers = {**answer.headers, "X-Content-Type-Options": "nosniff"}
    if answer.length is not None:
        headers["Content-Length"] = str(answer.length)
    elif answer.status != HTTPStatus.NOT_MODIFIED:
        headers |= {"Content-Type": "text/plain; charset=utf-8", "Content-Length": "0"}
    start_response(f"{answer.status.value} {answer.status.phrase}", list(headers.items()))
    if answer.content is None:
        return []
    if environ["REQUEST_METHOD"] == "HEAD":
        answer.content.close()
        return []
    wrapper: Any = environ.get("wsgi.file_wrapper")
    if wrapper and answer.whole and _is_real_file(answer.content):
        wrapped: Iterable[bytes] = wrapper(answer.content, 64 * 1024)
        return wrapped
    return _Streamed(answer.content, answer.length)


def _is_real_file(content: IO[bytes]) -> bool:
    return hasattr(content, "fileno") and not isinstance(content, BytesIO)


class _Streamed:
    """Walks a body in pieces and closes it, also when the reader goes away half-way."""

    def __init__(self, content: IO[bytes], length: int | None) -> None:
        self._content = content
        self._pieces = read_chunks(content, length)

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        self._content.close()
