"""To whom a key is sent: to the venue itself, over TLS that proves it, and to nobody that an answer names."""

import asyncio
import contextlib
import datetime
import ssl

import pytest
import stamina
import trustme

import unifiedcopy as uc
from tests.credentials import KEY, PASSPHRASE, SECRET
from tests.venue import Say, ScriptedVenue
from unifiedcopy import errors, roundtrip
from unifiedcopy.connection import Connection
from unifiedcopy.driven import DrivenExchange
from unifiedcopy.roundtrip import Deadlines
from unifiedcopy.schema import schema_ids
from unifiedcopy.secret import Credentials

KEYS = {"api_key": KEY, "secret": SECRET, "passphrase": PASSPHRASE}


@pytest.fixture(autouse=True)
def no_backoff():
    with stamina.set_testing(True, attempts=1):
        yield


# -- TLS ---------------------------------------------------------------------------------------------------------------


class TlsVenue:
    """A venue behind TLS that keeps what it was told once the handshake was over."""

    def __init__(self) -> None:
        self.heard = b""
        self.handshakes = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.handshakes += 1
        self.heard += await reader.read(65536)
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{"code": 0, "data": []}')
        writer.close()


@contextlib.asynccontextmanager
async def behind(context: ssl.SSLContext, plain):
    venue = TlsVenue()
    server = await asyncio.start_server(venue.answer, "127.0.0.1", 0, ssl=context)
    origin = f"https://localhost:{server.sockets[0].getsockname()[1]}"
    connection = Connection(plain, Credentials(**KEYS), origin, Deadlines(5, 5, 5))
    async with server, DrivenExchange(plain, connection, alias="me", write=True, convert=False) as ex:
        yield venue, ex


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """The only one that this machine trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "trusted.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    roundtrip._trusted.cache_clear()
    yield authority
    roundtrip._trusted.cache_clear()


def serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def expired(authority: trustme.CA) -> ssl.SSLContext:
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    return serving(authority.issue_cert("localhost", not_after=yesterday))


def self_signed(_: trustme.CA) -> ssl.SSLContext:
    own = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with own.cert_pem.tempfile() as certificate, own.private_key_pem.tempfile() as key:
        context.load_cert_chain(certificate, key)
    return context


REFUSED = {
    "a certificate that has expired": expired,
    "a certificate that vouches for itself": self_signed,
    "a certificate of an authority that nobody knows": lambda _: serving(trustme.CA().issue_cert("localhost")),
    "a certificate of another host": lambda authority: serving(authority.issue_cert("api.plain.example")),
}


async def test_a_venue_with_a_certificate_of_its_own_is_talked_to(authority, plain):
    async with behind(serving(authority.issue_cert("localhost")), plain) as (venue, ex):
        assert list(await ex.positions()) == []
        assert KEYS["api_key"].encode() in venue.heard


@pytest.mark.parametrize("what", REFUSED)
async def test_a_venue_that_does_not_prove_itself_hears_nothing(authority, plain, what):
    async with behind(REFUSED[what](authority), plain) as (venue, ex):
        for call in (ex.positions(), ex.unfollow("a1")):
            with pytest.raises(errors.NetworkError, match="no trusted connection") as caught:
                await call
            assert caught.value.outcome == "not_sent"

    assert venue.heard == b""


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
async def test_a_venue_that_only_speaks_an_old_protocol_hears_nothing(authority, plain, monkeypatch):
    """Also where the system would still speak it."""

    def lax(make=ssl.create_default_context):
        context = make()
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("ALL:@SECLEVEL=0")
        return context

    monkeypatch.setattr(ssl, "create_default_context", lax)
    old = serving(authority.issue_cert("localhost"))
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")

    async with behind(old, plain) as (venue, ex):
        with pytest.raises(errors.NetworkError) as caught:
            await ex.unfollow("a1")

    assert (caught.value.outcome, venue.handshakes, venue.heard) == ("not_sent", 0, b"")


# -- redirects ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308])
@pytest.mark.parametrize("api", schema_ids())
@pytest.mark.filterwarnings("ignore::unifiedcopy.registry.RetiredApiWarning")
async def test_nothing_of_any_request_reaches_where_an_answer_points(api, status):
    async with ScriptedVenue() as evil, ScriptedVenue() as venue:
        venue.script = [Say(b"", status, (f"Location: {evil.url}/evil",))]
        async with uc.connect(api, **KEYS, write=True, read_back=False, base_url=venue.url) as ex:
            for call in (ex.positions, ex.account, lambda: ex.unfollow("1")):
                with pytest.raises(errors.UnifiedCopyError):
                    await call()
        asked = {received.method for received in venue.received}
        signed = [received for received in venue.received if KEYS["api_key"] in repr(received)]

    assert evil.received == []
    assert signed
    assert asked - {"GET"} or ex.can.unfollow == "missing"
