"""Who may talk to the server: Host and Origin checks, security headers (`wire.md` §6)."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from mlflowlite.settings import Settings

INVALID_HOST = "Invalid Host header - possible DNS rebinding attack detected"
BLOCKED_ORIGIN = "Cross-origin request blocked"

_CHANGING = {"POST", "PUT", "DELETE", "PATCH"}
_LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]", "0.0.0.0"}  # noqa: S104 compared, not bound
_LOCAL_ORIGIN_HOSTS = {"localhost", "127.0.0.1", "::1"}
_PRIVATE = [ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(:[0-9]+)?")


class Guard:
    """Decides on each request before anything else looks at it."""

    def __init__(self, settings: Settings) -> None:
        self.enabled = not settings.disable_security_middleware
        self._prefix = settings.static_prefix
        self._hosts = _names((settings.allowed_hosts or "").lower())
        self._origins = _names(settings.cors_allowed_origins)
        self._open_paths = {settings.static_prefix + path for path in ("/health", "/version")}
        self.headers: list[tuple[str, str]] = []
        if self.enabled:
            self.headers.append(("X-Content-Type-Options", "nosniff"))
            if settings.x_frame_options.upper() not in ("", "NONE"):
                self.headers.append(("X-Frame-Options", settings.x_frame_options.upper()))
        self._host_allowed = functools.lru_cache(maxsize=256)(self._check_host)

    def refusal(self, environ: dict[str, Any]) -> str | None:
        """Why the request must not be served; None when it may be."""
        if not self.enabled:
            return None
        path = environ["PATH_INFO"]
        if not self._host_allowed(environ.get("HTTP_HOST", "")) and path not in self._open_paths:
            return INVALID_HOST
        origin = environ.get("HTTP_ORIGIN")
        if origin and environ["REQUEST_METHOD"] in _CHANGING and self._is_api(path):
            return None if self.origin_allowed(origin) else BLOCKED_ORIGIN
        return None

    def origin_allowed(self, origin: str) -> bool:
        """Whether a web page of this origin may call the server."""
        if "*" in self._origins or _matches(origin, self._origins):
            return True
        try:
            return urlsplit(origin).hostname in _LOCAL_ORIGIN_HOSTS
        except ValueError:
            return False

    def cors_headers(self, origin: str) -> list[tuple[str, str]]:
        """What tells a browser that a page of this origin may read the answer."""
        if not self.enabled or not self.origin_allowed(origin):
            return []
        if "*" in self._origins:
            return [("Access-Control-Allow-Origin", "*")]
        return [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Vary", "Origin"),
        ]

    def _check_host(self, host: str) -> bool:
        host = host.lower()
        if not self._hosts:
            return _is_local(host)
        return "*" in self._hosts or _matches(host, self._hosts)

    def _is_api(self, path: str) -> bool:
        inner = path[len(self._prefix) :] if path.startswith(self._prefix) else path
        return inner.startswith(("/api/", "/ajax-api/"))


def _is_local(host: str) -> bool:
    """Whether a Host header names this machine or a private address: an address, not a name that begins
    like one (`10.0.0.1.evil.example`), which could lead anywhere."""
    parts = _HOST.fullmatch(host)
    if parts is None:
        return False
    name = parts[1]
    try:
        return name in _LOCAL_HOSTS or any(ip_address(name.strip("[]")) in network for network in _PRIVATE)
    except ValueError:
        return False


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def _matches(name: str, patterns: Sequence[str]) -> bool:
    # Only * has a meaning: the brackets of an IPv6 address are no set of characters.
    return any(
        fnmatchcase(name, pattern.replace("[", "[[]")) if "*" in pattern else name == pattern
        for pattern in patterns
    )
