# SPDX-License-Identifier: AGPL-3.0-or-later
"""The three images of ``deploy/``, built once for what they are made of and kept with the other images of the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.engine.images import build_image

ROOT = Path(__file__).resolve().parents[2]
VERSION = "1"
# Image and what its Dockerfile copies, from the root of the repository.
PARTS = {
    "archipel": ("image", ("requirements.txt", "src", "deploy/image/wheels", "deploy/image/shipped")),
    "archipel-postgresql": ("postgresql", ("deploy/postgresql/start",)),
    "archipel-caddy": (
        "caddy",
        ("deploy/caddy/wheels", "deploy/caddy/requirements.txt", "deploy/caddy/unpack.py", "deploy/caddy/Caddyfile"),
    ),
}


def deployed_images() -> tuple[Path, ...]:
    """Return the archives of the images."""
    # Fetches the locked wheels and builds nothing.
    subprocess.run([ROOT / "deploy" / "build"], env=os.environ | {"IMAGES": ""}, check=True, capture_output=True)
    return tuple(_built(name, folder, parts) for name, (folder, parts) in PARTS.items())


def _built(name: str, folder: str, parts: tuple[str, ...]) -> Path:
    with tempfile.TemporaryDirectory(prefix="context-") as place:
        context = Path(place)
        for part in parts:
            source, target = ROOT / part, context / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(
                    source, target, ignore=shutil.ignore_patterns("__pycache__", "from"), dirs_exist_ok=True
                )
            else:
                shutil.copy(source, target)
        shutil.copy(ROOT / "deploy" / folder / "Dockerfile", context / "Dockerfile")
        return build_image(context, f"{name}:{VERSION}", arguments={"VERSION": VERSION})


if __name__ == "__main__":
    for archive in deployed_images():
        print(archive)
