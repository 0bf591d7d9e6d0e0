"""Secrets taken out of what a venue said, by value: an answer may echo a key or a signature in any form.

Two rules, for two kinds of text. What is *told* (the message of an error, the reason why a row can't be read, a drift
report) loses every secret in every form, and also its beginning where a text was cut. *Data* is never rewritten for a
word that it could hold by chance: there only what is as long as a key is taken out.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from .errors import UnifiedCopyError
from .secret import Credentials, MaskedBytes

MASK = "***"
SHORTEST = 6
"""Characters. What is shorter is taken out only where it stands alone: as a whole value, after ``=`` or in quotes."""
KEY_LENGTH = 16
"""What is this long is no word that data could hold by chance."""
_HEAD = 12
"""So much of a long secret gives it away."""
_TRACE = 32
"""So much of a form is looked for first."""
_RUN = 24
"""So many letters and digits in a row are seldom in an answer; where there are none, no trace of that length is."""
_LETTERS = bytes(ord("a" if chr(byte).isascii() and chr(byte).isalnum() else " ") for byte in range(256))
_LONG = b"a" * _RUN
_ANY = "surrogatepass"
"""A variable of the environment need not be Unicode."""
_DEEPEST = 20
"""Errors that one error may come from."""
_PLAIN = re.compile(rb"[A-Za-z0-9]+")
"""What no escape changes."""
_ESCAPED = re.compile(rb"\\u00([2-6][0-9a-fA-F]|7[0-9a-eA-E])")
_SHORTLY = {b'"': b'\\"', b"\\": b"\\\\"}
"""What must stay escaped in JSON."""


class Redaction:
    """Takes the secrets of one account out."""

    __slots__ = ("_credentials", "_places", "_traces")

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._traces: MaskedBytes | None = None
        """All in one, which takes a third of the room; made with the first answer."""
        self._places = _Places((), ())

    def told(self, text: str) -> str:
        """A text for eyes without any secret."""
        values = [part for whole in self._values() for part in parts(whole)]
        found = [form for value in values if len(value) >= SHORTEST for form in forms(value)]
        for form in found:  # whole ones first: a secret may begin like another
            text = text.replace(form, MASK)
        for form in found:
            text = _without_beginning(text, form) if len(form) >= KEY_LENGTH else text
        for value in values:
            if len(value) < SHORTEST:
                text = re.sub(rf"(?<=[=:\"'])(\s*){re.escape(value)}(?![\w-])", rf"\1{MASK}", text)
        return text

    def data(self, body: bytes, *, signature: str | None = None) -> bytes:
        """An answer's bytes without any form of what is as long as a key, nor the signature that asked for it."""
        if not self._suspect(body, signature):
            return body
        found = [*self._keys(), *_encoded(written(signature) if signature else ())]
        if b"\\u00" in body:
            plain = _ESCAPED.sub(_unescaped, body)
            if any(form in plain for form in found):
                body = plain
        for form in found:
            body = body.replace(form, MASK.encode())
        return body

    def clean(self, error: Exception) -> None:
        """Takes the secrets out of an error, its notes and whatever it came from."""
        seen: BaseException | None = error
        for _ in range(_DEEPEST):
            if seen is None:
                return
            if isinstance(seen, UnifiedCopyError):
                seen.message = self.told(seen.message)
                seen.code = seen.code and self.told(seen.code)
            seen.args = tuple(self.told(part) if isinstance(part, str) else part for part in seen.args)
            if notes := getattr(seen, "__notes__", None):
                notes[:] = [self.told(note) for note in notes]
            seen = seen.__cause__ or seen.__context__

    def _suspect(self, body: bytes, signature: str | None) -> bool:
        """Whether a form may be in there. Nearly every answer is passed by this, so it must cost next to nothing."""
        if b"\\" in body and b"\\u00" in body:  # one character is found many times faster than four
            return True
        if self._traces is None:
            traces = list(dict.fromkeys(_trace(form) for form in self._keys()))
            self._traces = MaskedBytes(b"".join(traces))
            self._places = _places(tuple(map(len, traces)))
        proof = _trace(signature.encode()) if signature else None
        if proof is not None and len(proof) < _RUN and proof in body:
            return True
        if _holds(body, self._traces, self._places.short):
            return True
        if _LONG not in body.translate(_LETTERS):
            return False
        return (proof is not None and proof in body) or _holds(body, self._traces, self._places.long)

    def _keys(self) -> list[bytes]:
        """Every form of what is as long as a key."""
        return _encoded(form for value in self._values() if len(value) >= KEY_LENGTH for form in forms(value))

    def _values(self) -> list[str]:
        held = [getattr(self._credentials, name) for name in Credentials.__slots__]
        return sorted((secret.reveal() for secret in held if secret is not None), key=len, reverse=True)


def parts(secret: str) -> list[str]:
    """A secret, and of one that has lines (a private key) each of them."""
    lines = [line for line in secret.splitlines() if len(line) >= KEY_LENGTH and not line.startswith("-----")]
    return [secret, *lines] if len(lines) > 1 else [secret]


def written(value: str) -> list[str]:
    """A value as it stands in a text, an address, JSON, HTML or Python, the longest first."""
    found = {value, *_in_json(value), html.escape(value), str.__repr__(value)[1:-1]}
    for quoted in (quote(value, errors=_ANY), quote(value, "", errors=_ANY), quote_plus(value, errors=_ANY)):
        found |= {quoted, re.sub("%..", lambda escape: escape[0].lower(), quoted)}
    return sorted(found, key=len, reverse=True)


def forms(value: str) -> list[str]:
    """The same, and in hex and base64 (also inside of a longer text that was encoded as a whole)."""
    raw = value.encode(errors=_ANY)
    found = {raw.hex(), raw.hex().upper()}
    for before in range(3):  # base64 takes three bytes at a time, so a value has three shapes
        encoded = base64.b64encode(bytes(before) + raw)[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6].decode()
        found |= {encoded, encoded.replace("+", "-").replace("/", "_"), quote(encoded, safe="")}
    return written(value) + sorted(found - {""}, key=len, reverse=True)


def _holds(body: bytes, traces: bytes, places: tuple[slice, ...]) -> bool:
    for place in places:  # noqa: SIM110 (any() takes twice as long)
        if traces[place] in body:
            return True
    return False


def _without_beginning(text: str, form: str) -> str:
    """A text without as much of a secret as it begins with: a message may have been cut in the middle."""
    head = form[:_HEAD]
    at = text.find(head)
    while at >= 0:
        same = next((n for n, char in enumerate(form) if text[at + n : at + n + 1] != char), len(form))
        text = f"{text[:at]}{MASK}{text[at + same :]}"
        at = text.find(head, at + len(MASK))
    return text


def _encoded(texts: Iterable[str]) -> list[bytes]:
    """Texts in an answer, plain and as JSON has them."""
    found = dict.fromkeys(form for text in texts for form in (*_in_json(text), text))
    return [form.encode(errors=_ANY) for form in found]


def _in_json(text: str) -> list[str]:
    """A text as JSON has it, with and without the escapes that it leaves to taste."""
    escaped = [json.dumps(text, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)]
    return [form for one in escaped for form in (one.replace("/", "\\/"), one)]


def _trace(form: bytes) -> bytes:
    """The longest piece of a text that is the same however the text is escaped: where it is not, the text is not."""
    return (form if form.isalnum() else max(_PLAIN.findall(form), key=len, default=b""))[:_TRACE]


class _Places(NamedTuple):
    """Where traces stand in all of them together, those of ``_RUN`` and more apart."""

    short: tuple[slice, ...]
    long: tuple[slice, ...]


@lru_cache(maxsize=100)
def _places(lengths: tuple[int, ...]) -> _Places:
    """The places of texts by their lengths: the secrets of many accounts are as long."""
    found = [(length, slice(end - length, end)) for end, length in zip(accumulate(lengths), lengths, strict=True)]
    return _Places(
        tuple(place for length, place in found if length < _RUN),
        tuple(place for length, place in found if length >= _RUN),
    )


def _unescaped(found: re.Match[bytes]) -> bytes:
    character = bytes.fromhex(found[1].decode())
    return _SHORTLY.get(character, character)
