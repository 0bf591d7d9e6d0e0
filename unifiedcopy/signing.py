"""Proves who sends a request: fills the schema's templates with exactly the bytes that go out.

Query and body are made once and signed as they are sent. The templates come from a schema, so they are filled by name
from a closed set and never formatted.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
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


@dataclass(frozen=True, slots=True, repr=False)
class Signed:
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

    def __init__(self, signing: Signing, credentials: Credentials, exchange: str) -> None:
        self.signing = signing
        self._credentials = credentials
        self._sign = _algorithm(signing, credentials.secret, exchange)

    def sign(self, request: Request, timestamp: int, *, sign_body: bool | None = None) -> Signed:
        """The request with its proof, for a venue's time in milliseconds."""
        signing = self.signing
        pairs = sorted(request.query) if signing.sort_query else list(request.query)
        values = {
            "timestamp": str(timestamp),
            "timestamp_iso": iso(timestamp),
            "nonce": uuid4().hex,
            "recv_window": str(signing.recv_window or ""),
            "api_key": _reveal(self._credentials.api_key),
            "passphrase": _reveal(self._credentials.passphrase),
            "method": request.method,
            "path": request.path,
        }
        if signing.in_body and request.body:
            return self._signed_in_body(request, values, pairs)
        shown = list(pairs)
        for name, template in signing.query.items():
            if "{signature}" not in template:
                pairs.append((quote(name, safe=""), quote(fill(template, values), safe="")))
                shown.append((name, MASK) if _proves(template) else pairs[-1])
        query, masked = _joined(pairs), _joined(shown)
        body = request.body
        signs_body = signing.sign_body if sign_body is None else sign_body
        values["signature"] = self.signature(values, query, body.decode() if signs_body else "")
        for name, template in signing.query.items():
            if "{signature}" in template:
                query = f"{query}&{quote(name, safe='')}={quote(fill(template, values), safe='')}".lstrip("&")
                masked = f"{masked}&{name}={MASK}".lstrip("&")
        headers, proving = self._headers(request, values)
        target, shown_target = _target(request.path, query), _target(request.path, masked)
        return Signed(request.method, target, headers, body, shown_target, proving, signature=values["signature"])

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
        headers, proving = self._headers(request, values)
        target = _target(request.path, query)
        body, masked = msgspec.json.encode(fields), msgspec.json.encode(shown)
        return Signed(request.method, target, headers, body, target, proving, masked, values.get("signature"))

    def _headers(self, request: Request, values: Mapping[str, str]) -> tuple[dict[str, str], frozenset[str]]:
        """The headers, and which of them prove who sends."""
        templates = self.signing.headers
        proving = frozenset(name for name, template in templates.items() if _proves(template))
        headers = {name: fill(template, values) for name, template in templates.items()}
        headers |= {name: Masked(headers[name]) for name in proving}
        if request.body:
            headers.setdefault("Content-Type", request.content_type)
        return headers, proving

    def signature(self, values: Mapping[str, str], query: str, body: str) -> str:
        """The signature of a query and a body, as text of the schema's encoding."""
        filled = {**values, "query": query, "?query": f"?{query}" if query else "", "body": body}
        if "{params}" in self.signing.prehash:
            filled["params"] = _sorted_parameters(query, body)
        digest = self._sign(fill(self.signing.prehash, filled).encode())
        return Masked(_ENCODINGS[self.signing.encoding](digest))


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
    return "&".join(f"{name}={value}" for name, value in pairs)


def unsigned(request: Request) -> Signed:
    """A public request."""
    query = _joined(list(request.query))
    headers = {"Content-Type": request.content_type} if request.body else {}
    target = _target(request.path, query)
    return Signed(request.method, target, headers, request.body, target)


def fill(template: str, values: Mapping[str, str]) -> str:
    """A template with its placeholders filled once (what is filled in is not read again)."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], ""), template)


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


def _algorithm(signing: Signing, secret: Secret | None, exchange: str) -> Callable[[bytes], bytes]:
    """HMAC with the secret, or RSA when the secret is a private key."""
    text = _reveal(secret)
    if not text.lstrip().startswith("-----BEGIN"):
        return lambda message: hmac.digest(_reveal(secret).encode(), message, "sha256")
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
