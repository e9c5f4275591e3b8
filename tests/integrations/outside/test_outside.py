"""Calls to addresses that members type in reach the internet, and nothing that stands beside this server."""

import datetime
import socket
import ssl
import time
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integrations.outside.addresses import why_not
from integrations.outside.calls import call, checked_url
from integrations.outside.connections import pools
from integrations.outside.errors import NotAllowed, TookTooLong, Unreachable
from tests.integrations.outside.servers import drips, says, serving, waits


@pytest.fixture
def private(settings):
    settings.ALLOW_PRIVATE_CONNECTIONS = True


@pytest.fixture
def names(monkeypatch):
    """Names that lead where a test says, each time they are asked for to the next place."""
    real, led = socket.getaddrinfo, {}

    def lead(host, port, *args, **kwargs):
        if host not in led:
            return real(host, port, *args, **kwargs)
        places = led[host]
        answer = places.pop(0) if len(places) > 1 else places[0]
        if not answer:
            raise socket.gaierror(-2, "Name or service not known")
        families = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [(families[ip_address(item).version], socket.SOCK_STREAM, 6, "", (item, port)) for item in answer]

    monkeypatch.setattr(socket, "getaddrinfo", lead)
    return led


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a00:1::",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_addresses_that_are_not_of_the_internet_are_not_called(address):
    assert why_not(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_of_the_internet_are_called(address):
    assert why_not(address) == ""


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "100.64.0.1", "240.0.0.1"])
def test_the_setting_opens_private_networks_and_nothing_else(private, address):
    assert why_not("127.0.0.1") == why_not("10.1.2.3") == why_not("fd00::1") == why_not("::ffff:192.168.0.1") == ""
    assert why_not(address)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://example.com/", "begins with https://"),
        ("example.com/hook", "begins with https://"),
        ("https://", "begins with https://"),
        ("https://sam:secret@example.com/", "Leave name and password out"),
        ("http://127.0.0.1/", "private address"),
        ("http://[::1]:8000/", "private address"),
        ("http://169.254.169.254/latest/meta-data", "network link"),
        ("http://exa mple.com\r\nX: y/", "not a web address|begins with"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused_as_it_is_typed(url, words):
    with pytest.raises(NotAllowed, match=words):
        checked_url(url)


@pytest.mark.parametrize("host", ["127.1", "0x7f.1", "2130706433", "localhost"])
def test_other_ways_to_write_this_machine_are_refused_when_called(host):
    with serving(says(200)) as endpoint:
        with pytest.raises((NotAllowed, Unreachable)):
            call("GET", f"http://{host}:{endpoint.port}/")
        assert endpoint.got == []


def test_one_private_address_of_a_name_refuses_the_name(names):
    names["both.test"] = [["93.184.216.34", "10.0.0.3"]]
    with pytest.raises(NotAllowed, match=r"both\.test leads to 10\.0\.0\.3, which is a private address"):
        call("POST", "http://both.test/", body=b"{}")


def test_the_address_that_was_checked_is_the_one_connected_to(private, names, settings):
    """A name that leads elsewhere the second time it is asked for gains nothing: it is asked for once."""
    with serving(says(200, b"yes")) as endpoint:
        names["turns.test"] = [["127.0.0.1"], ["203.0.113.9"]]
        reply = call("POST", f"http://turns.test:{endpoint.port}/x", body=b"{}")
        assert (reply.status, reply.body) == (200, b"yes")
        assert endpoint.got[0].headers["host"] == f"turns.test:{endpoint.port}"


def test_connections_are_kept_open(private):
    with serving(says(200, b"ok")) as endpoint:
        for _ in range(5):
            call("POST", endpoint.url, body=b"{}")
        assert (len(endpoint.got), endpoint.connections) == (5, 1)


def test_a_connection_that_the_server_closed_meanwhile_is_made_anew(private):
    def once_only(handler):
        handler.say(200)
        handler.close_connection = True

    with serving(once_only) as endpoint:
        assert [call("POST", endpoint.url, body=b"{}").status for _ in range(3)] == [200] * 3


def test_redirects_are_answered_as_they_are(private):
    with serving(says(302, location="http://127.0.0.1:1/")) as endpoint:
        assert call("POST", endpoint.url, body=b"{}").status == 302
        assert len(endpoint.got) == 1


def test_redirects_that_are_followed_take_no_secret_to_another_host(private, names):
    names["other.test"] = [["127.0.0.1"]]
    with serving(says(200, b"there")) as target, serving(says(200)) as first:
        first.answer = says(307, location=f"http://other.test:{target.port}/end")
        reply = call("POST", first.url, body=b"{}", headers={"Authorization": "Bearer s", "Accept": "x/y"}, redirects=1)
        assert (reply.body, reply.url) == (b"there", f"http://other.test:{target.port}/end")
        assert "authorization" in first.got[0].headers
        assert "authorization" not in target.got[0].headers
        assert (target.got[0].body, target.got[0].headers["accept"]) == (b"{}", "x/y")


def test_no_redirect_leads_into_private_networks(private, names):
    names["inner.test"] = [["169.254.169.254"]]
    with serving(says(302, location="http://inner.test/latest")) as endpoint, pytest.raises(NotAllowed, match="inner"):
        call("GET", endpoint.url, redirects=3)


@pytest.mark.parametrize("answer", [waits, drips])
def test_the_whole_call_ends_in_time(private, answer):
    began = time.monotonic()
    with serving(answer) as endpoint, pytest.raises(TookTooLong, match="did not answer in time"):
        call("POST", endpoint.url, body=b"{}", seconds=0.5)
    assert time.monotonic() - began < 2


def test_a_resolver_that_hangs_ends_in_time(private, monkeypatch):
    from threading import Event

    over = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: over.wait(30) and [])
    with pytest.raises(TookTooLong, match="not resolved in time"):
        call("GET", "http://slow.test/", seconds=0.3)
    over.set()


def test_a_long_answer_is_cut(private):
    with serving(says(200, b"x" * 300_000)) as endpoint:
        reply = call("GET", endpoint.url)
        assert (len(reply.body), reply.cut) == (64 * 1024, True)
        assert call("GET", endpoint.url, most_bytes=300_000).cut is False


def test_a_long_body_arrives_whole(private):
    with serving(says(200)) as endpoint:
        call("POST", endpoint.url, body=b"y" * 2_000_000)
        assert len(endpoint.got[0].body) == 2_000_000


def test_nobody_listening_and_no_such_name_are_said_in_words(private, names):
    names["nowhere.test"] = [[]]
    with pytest.raises(Unreachable, match=r"There is no address for the name nowhere\.test"):
        call("GET", "http://nowhere.test/")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Unreachable, match=f"refuses connections at port {port}"):
        call("GET", f"http://127.0.0.1:{port}/")


def test_an_answer_that_is_no_http_is_said_in_words(private):
    def nonsense(handler):
        handler.wfile.write(b"SSH-2.0-OpenSSH_9.9\r\n")
        handler.close_connection = True

    with serving(nonsense) as endpoint, pytest.raises(Unreachable, match=r"The connection to 127\.0\.0\.1 broke"):
        call("GET", endpoint.url)


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """A certificate for hooks.test that this process trusts, as a server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.test")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path / "cert.pem"
    plain = serialization.NoEncryption()
    private_key = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(private_key + made.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    pools.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    yield context
    pools.cache_clear()


def test_tls_is_by_the_name_and_the_connection_by_the_checked_address(private, names, certificate):
    names["hooks.test"] = names["wrong.test"] = [["127.0.0.1"]]
    asked = []
    certificate.sni_callback = lambda connection, name, context: asked.append(name)
    with serving(says(200, b"z" * 100_000), tls=certificate) as endpoint:
        assert len(call("POST", f"https://hooks.test:{endpoint.port}/", body=b"{}", most_bytes=200_000).body) == 100_000
        with pytest.raises(Unreachable, match=r"wrong\.test has no valid certificate: .*[Hh]ostname"):
            call("GET", f"https://wrong.test:{endpoint.port}/")
        assert asked == ["hooks.test", "wrong.test"]
        endpoint.answer = drips
        with pytest.raises(TookTooLong):
            call("GET", f"https://hooks.test:{endpoint.port}/", seconds=0.5)
