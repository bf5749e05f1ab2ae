"""Which URLs a webhook may have: no way from a webhook into the network around the server.

The check when a webhook is made gives early answers. The one that counts is made for each connection
(`mlflowlite.webhooks.connections`): between the two, a name may have come to mean another address.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from mlflowlite.errors import invalid

_NAT64 = ip_network("64:ff9b::/96")
# Not everyone's, though Python's `is_global` says so, or said so in some release.
_LOCAL = (
    ip_network("192.0.0.0/24"),  # protocol assignments; a cloud's metadata at .192
    ip_network("168.63.129.16/32"),  # what each machine of a cloud sees of that cloud
    ip_network("fec0::/10"),  # site-local
)


def check_url(url: str, *, schemes: Sequence[str], allow_private: bool) -> None:
    """Raises INVALID_PARAMETER_VALUE for a URL that webhooks may not call.

    A name that can't be looked up at the moment passes: it is looked up again for each call.
    """
    if not url.strip():
        raise invalid("Webhook URL cannot be empty.")
    if not url.isprintable() or " " in url:
        raise invalid(f"Invalid webhook URL {url!r}: it holds spaces or control characters.")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise invalid(f"Invalid webhook URL {url!r}: {error}") from error
    if parts.scheme not in schemes:
        raise invalid(
            f"Invalid webhook URL scheme: {parts.scheme!r}. Allowed schemes are: {', '.join(schemes)}."
        )
    if not host:
        raise invalid(f"Webhook URL must include a hostname: {url!r}")
    if not allow_private:
        _check_public(host)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, looking into those that wrap another one."""
    ip = _unwrapped(ip_address(address.partition("%")[0]))
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or any(ip in net for net in _LOCAL))


def _check_public(host: str) -> None:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            return
        raise invalid(f"Cannot resolve Webhook URL hostname {host!r}: {error.strerror}") from error
    except (UnicodeError, ValueError) as error:
        raise invalid(f"Cannot resolve Webhook URL hostname {host!r}: {error}") from error
    for *_, address in found:
        if not is_public(str(address[0])):
            raise invalid(
                f"Webhook URL must not resolve to a non-public IP address. {host!r} resolves to "
                f"{address[0]}. An operator can allow such addresses: --webhook-allow-private-ips."
            )


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv6 address that stands for one."""
    if isinstance(ip, IPv6Address):
        if ip in _NAT64:
            return IPv4Address(int(ip) & 0xFFFFFFFF)
        return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)
    return ip
