# SPDX-License-Identifier: AGPL-3.0-or-later
"""The format of an export, readable without Archipel:

    README.txt            what this is, in French and English
    manifest.json         {"format": "archipel-space-export/1", "made_at", "host", "space", "organisation",
                           "people": [{name, email, role, own_role}], "publications": […], "holds": […],
                           "files": [{"path", "size", "sha256"}]}
    CHECKSUMS.sha256      one line a file, for ``sha256sum -c``: every file of the bundle but itself
    content/…             what the application wrote, in formats of its own (a website: ``site/``, ``earlier/``)

``own_role``: what is set for one person there, null for what follows from their role. ``application``: the connector.
Instants are ISO 8601 in UTC, sizes bytes, digests SHA-256 in hexadecimal.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from archipel.host import queries as host
from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside
from archipel.spaces.audience import own_roles_in, people_of
from archipel.spaces.models import Address, Export, Hold, Publication, Space
from archipel.spaces.ports import ExportedFile

FORMAT = "archipel-space-export/1"
CONTENT = "content"
_LIST = "files.json"
_CHUNK = 256 * 1024
_READ_ME = """\
Ceci est l’export complet de « {title} » ({address}), fait par {host}.
manifest.json dit ce qu’il contient ; CHECKSUMS.sha256 permet de vérifier chaque fichier :
    sha256sum -c CHECKSUMS.sha256
Le dossier content/ contient les fichiers eux-mêmes : pour un site, content/site/ est ce que voient les personnes
qui le visitent, content/earlier/ les versions précédentes. Il suffit de les copier chez un autre hébergeur.

This is the complete export of “{title}” ({address}), made by {host}.
manifest.json says what it holds; CHECKSUMS.sha256 lets you check every file:
    sha256sum -c CHECKSUMS.sha256
The folder content/ holds the files themselves: for a website, content/site/ is what visitors see,
content/earlier/ the earlier versions. Copy them to another host, and you are at home there.
"""


def write_list(folder: Path, files: Sequence[ExportedFile]) -> None:
    """Keep what the application said it wrote, beside it."""
    (folder / _LIST).write_text(json.dumps([asdict(file) for file in files], ensure_ascii=False))


def pack(export: Export, folder: Path, target: Path) -> tuple[int, str]:
    """Write the zip from a gathered folder and return its (bytes, SHA-256).

    ``RefusedOutside("damaged")`` when a file is not what the application said. Repeatable: the zip appears whole.
    """
    files = [ExportedFile(**row) for row in json.loads((folder / _LIST).read_text())]
    part = target.with_suffix(".part")
    made_at = clock.now()
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        checksums = {}
        for file in files:
            path = f"{CONTENT}/{file.path}"
            checksums[path] = _add_file(archive, folder / path, path, file, made_at)
        manifest = describe(export, files, made_at)
        texts = {
            "manifest.json": json.dumps(manifest, ensure_ascii=False, indent=1),
            "README.txt": _READ_ME.format(host=host.current().name, **manifest["space"]),
        }
        for path, text in texts.items():
            checksums[path] = hashlib.sha256(text.encode()).hexdigest()
            archive.writestr(_info(path, made_at), text)
        lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(checksums.items()))
        archive.writestr(_info("CHECKSUMS.sha256", made_at), lines)
    part.replace(target)
    return target.stat().st_size, digest_of(target)


def describe(export: Export, files: Sequence[ExportedFile], made_at: datetime) -> dict[str, Any]:
    """Return the manifest of an export."""
    space = export.space
    organisation = space.organisation
    address = Address.objects.filter(space=space).first()
    here = host.current()
    return {
        "format": FORMAT,
        "made_at": made_at.isoformat(),
        "host": {"name": here.name, "contact": here.contact_address, "portal": here.portal_url},
        "space": {
            "id": space.public_id,
            "title": space.title,
            "service": space.service.slug,
            "application": space.connector,
            "version": space.version,
            "address": address.name if address else "",
            "language": space.language,
            "quota_bytes": space.quota_bytes,
            "created_at": space.created_at.isoformat(),
            "opened_at": space.opened_at.isoformat() if space.opened_at else None,
            "online_version": space.online_version,
        },
        "organisation": {"id": organisation.public_id, "name": organisation.name, "kind": organisation.kind},
        "people": list(_people(space)),
        "publications": list(_publications(export)),
        "holds": [_hold(hold) for hold in Hold.objects.filter(space=space).order_by("since", "pk")],
        "files": [{"path": f"{CONTENT}/{file.path}", "size": file.size, "sha256": file.sha256} for file in files],
    }


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as source:
        for piece in _pieces(source):
            digest.update(piece)
    return digest.hexdigest()


def _people(space: Space) -> Iterator[dict[str, Any]]:
    """Say who belongs to the organisation, and what is set for one person there (None: what follows from their role)."""
    own = own_roles_in(space)
    for who in people_of(space.organisation):
        yield {"name": who.name, "email": who.email, "role": who.role, "own_role": own.get(who.person_id)}


def _publications(export: Export) -> Iterator[dict[str, Any]]:
    rows = Publication.objects.filter(space=export.space, finished_at__isnull=False).select_related("person")
    for row in rows.order_by("started_at", "pk").iterator(chunk_size=500):
        yield {
            "id": row.public_id,
            "number": row.number,
            "means": row.means,
            "state": row.state,
            "by": row.person.name if row.person else None,
            "started_at": row.started_at.isoformat(),
            "finished_at": row.finished_at.isoformat() if row.finished_at else None,
            "files": row.files,
            "bytes": row.bytes,
            "restores": row.restores or None,
        }


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "kind": hold.kind,
        "effect": hold.effect,
        "reason": hold.reason,
        "since": hold.since.isoformat(),
        "lifted_at": hold.lifted_at.isoformat() if hold.lifted_at else None,
    }


def _add_file(archive: zipfile.ZipFile, source: Path, path: str, told: ExportedFile, made_at: datetime) -> str:
    digest = hashlib.sha256()
    info = _info(path, made_at)
    with source.open("rb") as content, archive.open(info, "w", force_zip64=told.size >= 2**31) as target:
        for piece in _pieces(content):
            digest.update(piece)
            target.write(piece)
    if digest.hexdigest() != told.sha256:
        raise RefusedOutside("damaged", f"{path} is not what the application said it wrote", about=path)
    return told.sha256


def _info(path: str, made_at: datetime) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path, made_at.timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while piece := source.read(_CHUNK):
        yield piece
