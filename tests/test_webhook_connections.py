"""Where the calls of webhooks may lead, and what of the server's environment they use."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mlflowlite.settings import Settings
from mlflowlite.webhooks.calls import CallError, call
from mlflowlite.webhooks.urls import is_public
from tests.receiver import Receiver, receiving
from tests.webhook_support import POLICY, Deliver, Hooks, open_settings

PRIVATE = """
    127.0.0.1 127.255.255.254 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254
    100.64.0.1
    100.100.100.200 192.0.0.192 192.0.2.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 168.63.129.16
    :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 fe80::1 fe80::1%eth0 fec0::1
    fc00::1 fd00:ec2::254 ff02::1 2002:7f00:1:: 2002:a00:1::1 2002:a9fe:a9fe::1 64:ff9b::7f00:1
    64:ff9b::a9fe:a9fe 64:ff9b:1::a00:1 2001:0:4136:e378:8000:63bf:80ff:fffe 2001:db8::1 100::1
""".split()
PUBLIC = """
    8.8.8.8 93.184.215.14 100.63.255.255 172.32.0.1 192.0.1.1 2606:4700:4700::1111 ::ffff:8.8.8.8
    2002:808:808::1 64:ff9b::808:808
""".split()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return open_settings(settings)


@pytest.fixture
def database_uri(tmp_path: Path) -> str:
    """What these tests show has nothing to do with the database."""
    return f"sqlite:///{tmp_path}/a.db"


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Makes host names mean these addresses, one list for each time they are looked up; notes which were."""
    real = socket.getaddrinfo

    def names(*meanings: list[str]) -> list[str]:
        queue, asked = list(meanings), []

        def look_up(host: Any, port: Any, *args: Any, **options: Any) -> Any:
            if not str(host).endswith(".example"):
                return real(host, port, *args, **options)
            asked.append(host)
            addresses = queue.pop(0) if len(queue) > 1 else queue[0]
            return [found for address in addresses for found in real(address, port, *args, **options)]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        return asked

    return names


def send(url: str, *, allow_private: bool = True, timeout: float = 20) -> Any:
    return call(url, "{}", delivery_id="id", secret="", timeout=timeout, allow_private=allow_private)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses(address: str) -> None:
    """Addresses that are not on the public internet, and those that wrap one of them."""
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    """Addresses on the public internet, and those that wrap one of them."""
    assert is_public(address)


def test_a_url_from_when_it_was_allowed(hooks: Hooks, receiver: Receiver, deliver: Deliver) -> None:
    """A private address stored while it was allowed is not called any more, nor connected to."""
    hooks.new(receiver.url)
    hooks.model("m")
    deliver(replace(POLICY, allow_private=False))
    done = hooks.finished()
    assert (done["status"], done["attempts"]) == ("GIVEN_UP", 1)
    assert done["last_error"] == (
        "The webhook's URL leads where webhooks may not go: 127.0.0.1 is not a public IP address"
    )
    assert receiver.connections == 0


def test_a_name_that_changes_its_meaning(receiver: Receiver, resolve: Callable[..., list[str]]) -> None:
    """A name is looked up once for each call, and the address that was checked is the one connected to."""
    asked = resolve(["127.0.0.1"])
    url = f"http://rebind.example:{receiver.server_port}/"
    with pytest.raises(CallError, match=r"127\.0\.0\.1 is not a public IP address") as caught:
        send(url, allow_private=False)
    assert caught.value.final
    assert receiver.connections == 0
    assert asked == ["rebind.example"]


def test_a_name_with_a_private_address_among_others(
    receiver: Receiver, resolve: Callable[..., list[str]]
) -> None:
    """One private address among those of a name is enough to refuse it."""
    resolve(["93.184.215.14", "127.0.0.1"])
    with pytest.raises(CallError, match="not a public IP address"):
        send(f"http://two.example:{receiver.server_port}/", allow_private=False)
    assert receiver.connections == 0


def test_the_next_address_of_a_name(receiver: Receiver, resolve: Callable[..., list[str]]) -> None:
    """When one address of a name does not answer, the next is tried; the Host header keeps the name."""
    asked = resolve(["127.0.0.2", "127.0.0.1"])
    assert send(f"http://two.example:{receiver.server_port}/a?b=c").status == 200
    got = receiver.next()
    assert got.path == "/a?b=c"
    assert got.headers["Host"] == f"two.example:{receiver.server_port}"
    assert asked == ["two.example"]


def test_a_look_up_that_takes_too_long(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time limit no connection is made."""
    real = socket.getaddrinfo

    def slow(*args: Any, **options: Any) -> Any:
        threading.Event().wait(0.2)
        return real(*args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with pytest.raises(CallError, match=r"no answer within 0\.1 seconds"):
        send(receiver.url, timeout=0.1)
    assert receiver.connections == 0


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example.com", "[::1", "a_b..", "%zz", "1.2.3.4.5..6"])
def test_hosts_that_are_none(host: str) -> None:
    """A URL that can't be called is an error like any other."""
    with pytest.raises(CallError):
        send(f"http://{host}/")


def test_no_proxy_and_no_passwords(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Calls use neither a proxy that the server's environment names nor passwords of its user."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with receiving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert send(receiver.url).status == 200
        assert proxy.connections == 0
    got = receiver.next()
    assert got.path == "/hook"
    assert "Authorization" not in got.headers


def test_a_session_keeps_nothing(receiver: Receiver) -> None:
    """Cookies of one answer are not sent with the next call."""
    receiver.answer((200, {"Set-Cookie": "a=b"}))
    for _ in range(2):
        assert send(receiver.url).status == 200
        assert "Cookie" not in receiver.next().headers


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS, with a certificate for a host that it has signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.timezone.utc)
    alternative: x509.GeneralName = (
        x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
    )
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path, key_path = folder / "cert.pem", folder / "key.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key_path)
    return context, path


def test_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resolve: Callable[..., list[str]]) -> None:
    """A certificate must be for the host of the URL, and signed by an authority that the server knows."""
    resolve(["127.0.0.1"])
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    context, authority = certificate(tmp_path, "right.example")
    with receiving(tls=context) as receiver:
        port = receiver.server_port
        with pytest.raises(CallError, match="certificate verify failed"):
            send(f"https://right.example:{port}/")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
        assert send(f"https://right.example:{port}/").status == 200
        with pytest.raises(CallError, match="Hostname mismatch"):
            send(f"https://wrong.example:{port}/")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none"))
        with pytest.raises(CallError, match="CA certificate bundle"):
            send(f"https://right.example:{port}/")
        assert receiver.calls.qsize() == 1


def test_the_time_limit_within_tls() -> None:
    """A server that says nothing in the midst of TLS is given up at the time limit."""
    late = pytest.raises(CallError, match=r"no answer within 0\.3 seconds")
    with socket.create_server(("127.0.0.1", 0)) as silent, late:
        send(f"https://127.0.0.1:{silent.getsockname()[1]}/", timeout=0.3)
