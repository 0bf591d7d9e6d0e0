"""Secrets that never print."""

from __future__ import annotations

from typing import Any, NoReturn


class Masked(str):
    """Text for the wire that shows as ``***`` where values are listed, as in a traceback with locals."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class MaskedBytes(bytes):
    """The same, of bytes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "b'***'"

    __str__ = __repr__


def masked(options: dict[str, Any]) -> dict[str, Any]:
    """Options or tables of a file with the credentials in them masked."""

    def mask(name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return masked(value)
        return Masked(value) if name in Credentials.__slots__ and isinstance(value, str) else value

    return {name: mask(name, value) for name, value in options.items()}


class Secret:
    """Text that shows itself only when asked by ``reveal()``: not in repr, str, format, pickle or comparison errors."""

    __slots__ = ("_encoded",)

    def __init__(self, text: str) -> None:
        # Masked bytes, so that no debugger's listing of attributes shows the text; a variable of the environment
        # need not be Unicode.
        self._encoded = MaskedBytes(text.encode(errors="surrogatepass"))

    def reveal(self) -> str:
        return Masked(self._encoded.decode(errors="surrogatepass"))

    def encoded(self) -> bytes:
        """As ``reveal``, in UTF-8."""
        return self._encoded

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled")


class Credentials:
    """What a venue gave for an account. Values are secrets all, the key too: some venues log it as one."""

    __slots__ = ("api_key", "passphrase", "secret")

    def __init__(self, api_key: str | None = None, secret: str | None = None, passphrase: str | None = None) -> None:
        self.api_key = Secret(api_key) if api_key else None
        self.secret = Secret(secret) if secret else None
        self.passphrase = Secret(passphrase) if passphrase else None

    def missing(self, needed: list[str]) -> list[str]:
        """The names that a venue needs and that are not there."""
        return [name for name in needed if getattr(self, name) is None]

    def __repr__(self) -> str:
        return f"Credentials({', '.join(f'{name}=***' for name in self.__slots__ if getattr(self, name) is not None)})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials are not pickled")
