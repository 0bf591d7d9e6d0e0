"""Proves who sends a request: fills the schema's templates with exactly the bytes that go out.

Query and body are made once and signed as they are sent. The templates come from a schema, so they are filled by name
from a closed set and never formatted.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote
from uuid import uuid4

import msgspec

from . import errors
from .redaction import MASK
from .request import Request
from .schema.model import Signing
from .secret import Credentials, Masked, Secret

_PLACEHOLDER = re.compile(r"\{(\??\w+)\}")
_PROOF = ("{api_key}", "{passphrase}", "{signature}")
"""What in a template tells who sends; the rest may be seen."""
_NUMBERS = ("{timestamp}", "{recv_window}")
"""Templates that are numbers where they stand in a JSON body."""


class Preview(NamedTuple):
    """The exact request that would be sent, with whatever proves who sends it masked."""

    method: str
    url: str
    headers: dict[str, str]
    body: str
    notes: tuple[str, ...] = ()
    """What was converted or filled in on the way, in words."""


class Signed(NamedTuple):
    """A request as bytes: what stands after the host, the headers, the body."""

    method: str
    target: str
    """Path and query, encoded."""
    headers: dict[str, str]
    body: bytes
    masked_target: str
    masked_headers: frozenset[str] = frozenset()
    masked_body: bytes | None = None
    """When the proof stands in the body."""
    signature: str | None = None

    def preview(self, origin: str, notes: tuple[str, ...] = ()) -> Preview:
        """The request for eyes."""
        headers = {name: MASK if name in self.masked_headers else value for name, value in self.headers.items()}
        body = self.body if self.masked_body is None else self.masked_body
        return Preview(self.method, origin + self.masked_target, headers, body.decode(), notes)

    def __repr__(self) -> str:
        return f"<Signed {self.method} {self.masked_target}>"


class Signer:
    """Signs for one account with one of a schema's signings."""

    __slots__ = ("_credentials", "_forms", "_private_key", "signing")

    def __init__(
        self, signing: Signing, credentials: Credentials, exchange: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self.signing, self._credentials = signing, credentials
        texts = (signing.prehash, *signing.query.values())
        self._forms = _forms(tuple((headers or {}).items()), tuple(signing.headers.items()), texts)
        self._private_key = _private_key(signing, credentials.secret, exchange)

    def sign(self, request: Request, timestamp: int, *, sign_body: bool | None = None) -> Signed:
        """The request with its proof, for a venue's time in milliseconds."""
        signing = self.signing
        pairs = sorted(request.query) if signing.sort_query else request.query
        values = self._values(request, timestamp)
        if signing.in_body and request.body:
            return self._signed_in_body(request, values, pairs)
        query = masked = _joined(pairs)
        if signing.query:
            query, masked = self._with_proofs(pairs, values)
        body = request.body
        signs_body = signing.sign_body if sign_body is None else sign_body
        values["signature"] = self.signature(values, query, body.decode() if signs_body else "")
        for name, template in signing.query.items():
            if "{signature}" in template:
                query = f"{query}&{quote(name, safe='')}={quote(fill(template, values), safe='')}".lstrip("&")
                masked = f"{masked}&{name}={MASK}".lstrip("&")
        headers = self._headers(request, values)
        target = _target(request.path, query)
        shown_target = _target(request.path, masked) if signing.query else target
        proof = values["signature"]
        return Signed(request.method, target, headers, body, shown_target, self._forms.proving, signature=proof)

    def _with_proofs(self, pairs: list[tuple[str, str]], values: Mapping[str, str]) -> tuple[str, str]:
        """The query with all but the signature, and the same for eyes."""
        sent, shown = list(pairs), list(pairs)
        for name, template in self.signing.query.items():
            if "{signature}" not in template:
                sent.append((quote(name, safe=""), quote(fill(template, values), safe="")))
                shown.append((name, MASK) if _proves(template) else sent[-1])
        return _joined(sent), _joined(shown)

    def _values(self, request: Request, timestamp: int) -> dict[str, str]:
        """What the placeholders stand for, before anything is signed."""
        values = {
            "timestamp": str(timestamp),
            "recv_window": str(self.signing.recv_window or ""),
            "api_key": _reveal(self._credentials.api_key),
            "method": request.method,
            "path": request.path,
        }
        if "passphrase" in self._forms.named:
            values["passphrase"] = _reveal(self._credentials.passphrase)
        if "timestamp_iso" in self._forms.named:
            values["timestamp_iso"] = iso(timestamp)
        if "nonce" in self._forms.named:
            values["nonce"] = uuid4().hex
        return values

    def _signed_in_body(self, request: Request, values: dict[str, str], pairs: list[tuple[str, str]]) -> Signed:
        """The proof among the fields of the JSON body; numbers stand there as numbers."""
        fields: dict[str, Any] = msgspec.json.decode(request.body)
        shown = dict(fields)
        query = _joined(pairs)
        for name, template in self.signing.query.items():
            if "{signature}" in template:
                values["signature"] = self.signature(values, query, msgspec.json.encode(fields).decode())
            filled = fill(template, values)
            fields[name] = int(filled) if template in _NUMBERS else filled
            shown[name] = MASK if _proves(template) else fields[name]
        headers = self._headers(request, values)
        target = _target(request.path, query)
        body, masked = msgspec.json.encode(fields), msgspec.json.encode(shown)
        proof = values.get("signature")
        return Signed(request.method, target, headers, body, target, self._forms.proving, masked, proof)

    def _headers(self, request: Request, values: Mapping[str, str]) -> dict[str, str]:
        constant, templates, _, proving = self._forms
        headers = constant.copy()
        for name, template, only in templates:
            text = values.get(only, "") if only is not None else fill(template, values)
            headers[name] = Masked(text) if name in proving else text
        if request.body and "Content-Type" not in self.signing.headers:
            headers["Content-Type"] = request.content_type
        return headers

    def signature(self, values: Mapping[str, str], query: str, body: str) -> str:
        """The signature of a query and a body, as text of the schema's encoding."""
        filled = {**values, "query": query, "body": body}
        if "?query" in self._forms.named:
            filled["?query"] = f"?{query}" if query else ""
        if "params" in self._forms.named:
            filled["params"] = _sorted_parameters(query, body)
        digest = self._signed_bytes(fill(self.signing.prehash, filled).encode())
        return Masked(_ENCODINGS[self.signing.encoding](digest))

    def _signed_bytes(self, message: bytes) -> bytes:
        """By HMAC with the secret, or by RSA when the secret is a private key."""
        if self._private_key is not None:
            return self._private_key(message)
        secret = self._credentials.secret
        return hmac.digest(secret.encoded() if secret is not None else b"", message, "sha256")


_ENCODINGS: dict[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "base64": lambda digest: base64.b64encode(digest).decode(),
    "hex_base64": lambda digest: base64.b64encode(digest.hex().encode()).decode(),
}


def iso(timestamp: int) -> str:
    """A time in milliseconds as ISO 8601 with milliseconds and Z."""
    moment = datetime.fromtimestamp(timestamp / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _joined(pairs: list[tuple[str, str]]) -> str:
    return "&".join([f"{name}={value}" for name, value in pairs])


def unsigned(request: Request, headers: Mapping[str, str] | None = None) -> Signed:
    """A public request, with the headers that every one carries."""
    query = _joined(list(request.query))
    headers = {**(headers or {}), **({"Content-Type": request.content_type} if request.body else {})}
    target = _target(request.path, query)
    return Signed(request.method, target, headers, request.body, target)


def fill(template: str, values: Mapping[str, str]) -> str:
    """A template with its placeholders filled once (what is filled in is not read again)."""
    return "".join([values.get(text, "") if named else text for named, text in _pieces(template)])


@lru_cache(maxsize=1_000)
def _pieces(template: str) -> tuple[tuple[bool, str], ...]:
    """The template's placeholders (True) by name, and the text between them."""
    pieces = enumerate(_PLACEHOLDER.split(template))
    return tuple((bool(index % 2), text) for index, text in pieces if text)


class _Header(NamedTuple):
    name: str
    template: str
    only: str | None
    """The placeholder that it is nothing but: most are, and need no filling."""


class _Forms(NamedTuple):
    """What is the same for all accounts that sign alike."""

    constant: dict[str, str]
    """The headers that are always the same."""
    templates: tuple[_Header, ...]
    """Of the others."""
    named: frozenset[str]
    """The placeholders of all templates."""
    proving: frozenset[str]
    """The headers that prove who sends."""


Headers = tuple[tuple[str, str], ...]


@lru_cache(maxsize=1_000)
def _forms(constant: Headers, signing: Headers, texts: tuple[str, ...]) -> _Forms:
    """Of constant headers, a signing's own (only these are templates), and its other templates."""
    templates = [(name, text) for name, text in signing if _PLACEHOLDER.search(text)]
    same = [entry for entry in signing if entry not in templates]
    return _Forms(
        dict([*constant, *same]),
        tuple(_Header(name, text, _only(text)) for name, text in templates),
        frozenset(name for text in (*texts, *dict(signing).values()) for name in _PLACEHOLDER.findall(text)),
        frozenset(name for name, text in signing if _proves(text)),
    )


def _only(template: str) -> str | None:
    """The placeholder that a template is nothing but."""
    found = _PLACEHOLDER.fullmatch(template)
    return found[1] if found else None


def _proves(template: str) -> bool:
    return any(placeholder in template for placeholder in _PROOF)


def _target(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


def _reveal(secret: Secret | None) -> str:
    return secret.reveal() if secret is not None else ""


def _sorted_parameters(query: str, body: str) -> str:
    """Every parameter of query and body but the signature, ``k=v`` sorted by name and joined by ``&``."""
    parameters: dict[str, Any] = {name: unquote(value) for name, value in parse_qsl(query, keep_blank_values=True)}
    if body.startswith("{"):
        parameters.update(msgspec.json.decode(body))
    else:
        parameters.update(parse_qsl(body, keep_blank_values=True))
    return "&".join(f"{name}={parameters[name]}" for name in sorted(parameters) if name != "sign")


def _private_key(signing: Signing, secret: Secret | None, exchange: str) -> Callable[[bytes], bytes] | None:
    """Signs with the secret where it is an RSA private key; None where it is not."""
    text = _reveal(secret)
    if not text.lstrip().startswith("-----BEGIN"):
        return None
    if "rsa-sha256" not in signing.algorithms:
        raise errors.AuthenticationError(
            "the secret is an RSA private key, but this API signs with HMAC", exchange=exchange
        )
    return _rsa(text, exchange)


def _rsa(pem: str, exchange: str) -> Callable[[bytes], bytes]:
    try:
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 (an extra)
        from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415
    except ImportError:
        raise errors.ConfigError(
            "RSA keys need one more package: pip install 'unifiedcopy[rsa]'", exchange=exchange
        ) from None
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        raise errors.AuthenticationError(
            "the secret looks like a private key, but is none (PKCS#8 PEM, no password)", exchange=exchange
        ) from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise errors.AuthenticationError("the private key is not an RSA key", exchange=exchange)
    return lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA256())
