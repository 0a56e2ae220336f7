# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real IMAP server on the loopback: its own folder, its own port, ended with the test."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

LOGIN, SECRET = "reply", "quai des sternes"

CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = {ssl}
{certificate}
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 0
first_valid_gid = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""


def binary() -> str | None:
    """Return where Dovecot is, None when this machine has none."""
    return shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certificate(folder: Path) -> Path:
    """Write a certificate for localhost and its key; needs no program but ours."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "certificate.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem


def account() -> pwd.struct_passwd:
    """Return who runs the server: ourselves, or nobody when we are root (Dovecot lets no mail belong to root)."""
    return pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())


class Dovecot:
    """One server with one mailbox (``LOGIN``, ``SECRET``)."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="archipel-dovecot-"))
        self.port, self.tls_port = free_port(), free_port()
        self.certificate = certificate(self.folder)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        who = account()
        for name in ("run", "state", "mail"):
            (self.folder / name).mkdir()
        (self.folder / "users").write_text(f"{LOGIN}:{{PLAIN}}{SECRET}::::::\n")
        values = {
            "folder": self.folder,
            "ssl": "yes",
            "certificate": f"ssl_cert = <{self.certificate}\nssl_key = <{self.folder / 'key.pem'}",
            "user": who.pw_name,
            "group": grp.getgrgid(who.pw_gid).gr_name,
            "uid": who.pw_uid,
            "gid": who.pw_gid,
            "port": self.port,
            "tls_port": self.tls_port,
        }
        config = self.folder / "dovecot.conf"
        config.write_text(CONFIG.format(**values))
        found = binary()
        assert found
        as_nobody: dict[str, Any] = {}
        if os.getuid() == 0:
            as_nobody = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, who.pw_uid, who.pw_gid)
        command = [found, "-F", "-c", str(config)]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=self.folder, **as_nobody)
        self._wait()

    def _wait(self) -> None:
        assert self._process
        end = time.monotonic() + 15
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)
        log = self.folder / "log"
        self.stop()
        raise RuntimeError(log.read_text() if log.exists() else "dovecot did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if self._process.stderr:
                self._process.stderr.close()
            self._process = None
        shutil.rmtree(self.folder, ignore_errors=True)
