# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a browser says it is, in plain words; what it does not say is not guessed."""

from __future__ import annotations

import ipaddress
import re

from django.utils.crypto import salted_hmac
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# The first that matches counts: a browser also names those it resembles.
BROWSERS = (
    ("edge", "Edge", re.compile(r"\bEdg(?:e|A|iOS)?/")),
    ("opera", "Opera", re.compile(r"\bOPR/|\bOpera\b")),
    ("samsung", "Samsung Internet", re.compile(r"\bSamsungBrowser/")),
    ("firefox", "Firefox", re.compile(r"\b(?:Firefox|FxiOS)/")),
    ("chrome", "Chrome", re.compile(r"\b(?:Chrome|CriOS|Chromium|HeadlessChrome)/")),
    ("safari", "Safari", re.compile(r"\bVersion/[\d.]+.*\bSafari/")),
)
SYSTEMS: tuple[tuple[str, str | Promise, re.Pattern[str]], ...] = (
    ("iphone", "iPhone", re.compile(r"\biPhone\b")),
    ("ipad", "iPad", re.compile(r"\biPad\b")),
    ("android", "Android", re.compile(r"\bAndroid\b")),
    ("windows", "Windows", re.compile(r"\bWindows\b")),
    ("mac", "macOS", re.compile(r"\bMac OS X\b|\bMacintosh\b")),
    ("linux", "Linux", re.compile(r"\bLinux\b|\bX11\b")),
)
PROGRAM = "program/"
UNKNOWN = gettext_lazy("A browser that does not say its name")
# How much of an address tells one access from another and not one day from the next: what providers hand out changes
# inside these blocks, sign-ins from elsewhere mostly come from outside them.
IPV4_BITS, IPV6_BITS = 16, 32


def agent_of(user_agent: str) -> str:
    """Return "browser/system" of a User-Agent header, each empty where nothing is recognised."""
    browser = next((key for key, _name, sign in BROWSERS if sign.search(user_agent)), "")
    system = next((key for key, _name, sign in SYSTEMS if sign.search(user_agent)), "")
    return f"{browser}/{system}"


def words_of(agent: str) -> str:
    """Return the words for an agent: "Firefox on Windows"."""
    if agent == PROGRAM:
        return _("A program, by an API token")
    browser, _slash, system = agent.partition("/")
    browser_name = next((name for key, name, _sign in BROWSERS if key == browser), "")
    system_name = next((str(name) for key, name, _sign in SYSTEMS if key == system), "")
    if browser_name and system_name:
        return _("%(browser)s on %(system)s") % {"browser": browser_name, "system": system_name}
    return browser_name or system_name or str(UNKNOWN)


def network_of(address: str) -> str:
    """Return the part of the Internet an address belongs to, empty when it is none."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped:
        known = known.ipv4_mapped
    bits = IPV4_BITS if known.version == 4 else IPV6_BITS
    return str(ipaddress.ip_network(f"{known}/{bits}", strict=False))


def device_digest(person_key: int, agent: str, address: str) -> str:
    """Return what is kept of a device: it cannot be turned back into an address, nor compared between people."""
    value = f"{person_key}|{agent}|{network_of(address)}"
    return salted_hmac("archipel.identity.devices", value, algorithm="sha256").hexdigest()
