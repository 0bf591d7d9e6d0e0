"""Reading a request's parameters where a venue takes them as text; what is wrong is said in the venue's own codes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from .wire import Refusal


class TextParameters(ABC):
    """Beside `VenueEmulator` in the bases of an emulator."""

    @abstractmethod
    def missing(self, name: str) -> Refusal:
        """What the venue says of a parameter that must be there."""

    @abstractmethod
    def wrong(self, name: str) -> Refusal:
        """What it says of one that has no such value."""

    def text(self, given: Mapping[str, Any], name: str, default: str = "") -> str:
        """A parameter that may be absent or empty; anything but text is refused (a guess, wherever it is used)."""
        value = given.get(name)
        if value is None or value == "":
            return default
        if not isinstance(value, str):
            raise self.wrong(name)
        return value

    def needed(self, given: Mapping[str, Any], name: str) -> str:
        """One that must be there."""
        text = self.text(given, name)
        if not text:
            raise self.missing(name)
        return text

    def choice(self, given: Mapping[str, Any], name: str, allowed: Sequence[str], default: str = "") -> str:
        """One of some words; without a default it must be there."""
        text = self.text(given, name, default) or self.needed(given, name)
        if text not in allowed:
            raise self.wrong(name)
        return text
