# SPDX-License-Identifier: AGPL-3.0-or-later
"""Takes the program out of the wheel that the locked requirements name, once its hash is the one that was locked."""

from __future__ import annotations

import hashlib
import re
import sys
import zipfile
from pathlib import Path


def main(wheels: Path, requirements: Path, target: Path) -> None:
    """Write every script of the wheels into a folder; exit with a sentence when a wheel is not a locked one."""
    locked = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", requirements.read_text()))
    found = sorted(wheels.glob("*.whl"))
    if not found:
        sys.exit("No wheel was fetched: use deploy/build.")
    for wheel in found:
        if hashlib.sha256(wheel.read_bytes()).hexdigest() not in locked:
            sys.exit(f"{wheel.name} is not what was locked.")
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if ".data/scripts/" in name:
                    place = target / Path(name).name
                    place.write_bytes(archive.read(name))
                    place.chmod(0o755)


if __name__ == "__main__":
    main(*(Path(word) for word in sys.argv[1:4]))
