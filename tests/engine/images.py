# SPDX-License-Identifier: AGPL-3.0-or-later
"""Images for tests, built from Debian packages and kept as archives in the cache of the tests.

The base is Debian as ``debootstrap`` makes it, with the machine's own way to Debian's packages; it is called as Debian's
image is called elsewhere. A build has the network of the machine, the engines that run what was built have none.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from docker.errors import BuildError

from tests.connectors.keycloak.server import cache

BASE = "debian:bookworm-slim"
# Changed whenever what is prepared below changes.
PREPARED = "2"
PROXIES = ("http_proxy", "https_proxy", "no_proxy")


def base_image() -> Path:
    """Return the archive of the base, made when it is not there."""
    return _kept(BASE, f"{PREPARED} {platform.machine()}", _make_base)


def build_image(
    folder: Path, tag: str, *, arguments: Mapping[str, str] | None = None, base: tuple[Path, ...] = ()
) -> Path:
    """Return the archive of the image that ``folder/Dockerfile`` describes, built when folder, arguments or bases changed.

    ``base``: archives of images it is made from, besides ``BASE``.
    """
    bases = (base_image(), *base)
    said = json.dumps([sorted((arguments or {}).items()), [one.name for one in bases], _digest(folder)])

    def make(target: Path) -> None:
        with _builder(bases) as daemon:
            try:
                daemon.client.images.build(
                    path=str(folder), tag=tag, buildargs={**_proxies(), **(arguments or {})}, network_mode="host",
                    rm=True, forcerm=True,
                )  # fmt: skip
            except BuildError as error:
                said = "".join(str(line.get("stream") or line.get("error") or "") for line in error.build_log)
                raise AssertionError(f"{folder}/Dockerfile: {said[-3000:]}") from None
            _save(daemon.client, tag, target)

    return _kept(tag, said, make)


def _kept(tag: str, about: str, make) -> Path:
    """Return the archive of a tag, made once for what it depends on; another of the same tag stays for other checkouts."""
    folder = cache() / "images"
    folder.mkdir(exist_ok=True)
    name = tag.replace("/", "-").replace(":", "-")
    path = folder / f"{name}.{hashlib.sha256(about.encode()).hexdigest()[:16]}.tar"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            aside = path.with_suffix(".new")
            make(aside)
            aside.rename(path)
    return path


def _digest(folder: Path) -> str:
    """Return what tells two folders apart: names, modes and bytes."""
    sum_ = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or path.is_file():
            content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
            mode = path.lstat().st_mode & 0o111
            sum_.update(f"{path.relative_to(folder)} {mode} {hashlib.sha256(content).hexdigest()}\n".encode())
    return sum_.hexdigest()


def _proxies() -> dict[str, str]:
    names = [*PROXIES, *(name.upper() for name in PROXIES)]
    return {name: os.environ[name] for name in names if os.environ.get(name)}


@contextmanager
def _builder(archives: tuple[Path, ...]) -> Iterator:
    """Run an engine that has the machine's network and nothing of its own in it, no bridge and no rule."""
    from tests.engine.daemon import Daemon, remove  # late: each of the two needs the other

    options = ("--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false")
    folder = cache() / "images" / "builder"
    with ExitStack() as stack:
        lock = stack.enter_context((cache() / "images" / "builder.lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder.mkdir(exist_ok=True)
        socket = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="builder-")))
        (socket / "data").symlink_to(folder)
        daemon = Daemon(socket, "builder", None, options)
        stack.callback(daemon.kill)
        try:
            daemon.start()
        except AssertionError:
            # One that was killed while it wrote.
            daemon.kill()
            remove(folder)
            folder.mkdir()
            daemon.start()
        _bring(daemon, archives)
        yield daemon


def _bring(daemon, archives: tuple[Path, ...]) -> None:
    """Load the archives that this builder did not load yet: its disk outlives it, so that layers are built once."""
    known = cache() / "images" / "builder" / "archipel-loaded"
    loaded = set(known.read_text().split()) if known.exists() else set()
    for archive in archives:
        if archive.name not in loaded:
            daemon.load(archive)
    known.write_text(" ".join(sorted(loaded | {archive.name for archive in archives})))


def _save(client, tag: str, target: Path) -> None:
    with target.open("wb") as file:
        for chunk in client.images.get(tag).save(named=tag):
            file.write(chunk)


def _make_base(target: Path) -> None:
    if not shutil.which("debootstrap", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        raise AssertionError("no debootstrap (Debian package debootstrap)")
    with tempfile.TemporaryDirectory(prefix="debian-") as name:
        root = Path(name) / "root"
        environment = _proxies() | {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        command = ["debootstrap", "--variant=minbase", "bookworm", str(root), *_mirror()]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        _as_the_machine(root)
        archive = Path(name) / "root.tar"
        with tarfile.open(archive, "w") as file:
            file.add(root, ".", filter=_wanted)
        with _builder(()) as daemon:
            repository, tag = BASE.split(":")
            daemon.client.api.import_image_from_file(
                str(archive), repository=repository, tag=tag, changes=['CMD ["bash"]', "ENV LC_ALL=C.UTF-8"]
            )
            _save(daemon.client, BASE, target)


def _wanted(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    without = (
        "./var/cache/apt/",
        "./var/lib/apt/lists/",
        "./usr/share/locale/",
        "./usr/share/man/",
        "./dev/",
        "./proc/",
    )
    return None if member.name.startswith(without) else member


def _mirror() -> list[str]:
    """Return where this machine takes Debian's packages from; nothing: where debootstrap does."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = [line.split()[0] for line in said.splitlines() if line.split()[1:] == ["bookworm", "main"]]
    return found[:1]


def _as_the_machine(root: Path) -> None:
    """Give the base the way to Debian's packages that this machine has: sources, keys, proxies."""
    said = subprocess.run(
        ["apt-config", "dump", "--format", '%f "%v";%n', "Acquire"], capture_output=True, text=True, check=True
    ).stdout
    skipped = ("Acquire::IndexTargets", "Acquire::cdrom", "Acquire::Languages")
    lines = [line for line in said.splitlines() if not line.startswith(skipped) and not line.endswith('"";')]
    (root / "etc/apt/apt.conf.d/90machine").write_text("\n".join([*lines, 'Acquire::Languages "none";', ""]))
    # As Debian's own image does: no package stays in a layer.
    (root / "etc/apt/apt.conf.d/91small").write_text(
        'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };\n'
        'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n'
    )
    for source in [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("debian.*")]:
        if source.exists():
            shutil.copy(source, root / source.relative_to("/"))
    if list((root / "etc/apt/sources.list.d").glob("debian.*")) and not Path("/etc/apt/sources.list").exists():
        (root / "etc/apt/sources.list").unlink(missing_ok=True)
    certificates = Path("/etc/ssl/certs/ca-certificates.crt")
    if certificates.exists():
        (root / "etc/ssl/certs").mkdir(parents=True, exist_ok=True)
        shutil.copy(certificates, root / "etc/ssl/certs/ca-certificates.crt")


if __name__ == "__main__":
    for _folder in sys.argv[1:]:
        print(build_image(Path(_folder), f"archipel-test/{Path(_folder).name}:1"))
    print(base_image())
