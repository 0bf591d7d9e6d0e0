"""What a venue's answer tells about the key that asked."""

from __future__ import annotations

from typing import Any

from . import errors
from .models import KeyPermissions
from .schema import Api
from .schema.kinds import EARLIEST
from .schema.paths import at


def permissions_told(api: Api, answer: Any, alias: str | None) -> KeyPermissions:
    """The key's rights of an answer of the endpoint that ``[permissions]`` names.

    Raises:
        NullResponse: the answer holds none: that is not the same as no rights.
    """
    told = api.schema.permissions
    assert told is not None  # noqa: S101 (the caller asked)
    said = at(answer, told.rights)
    if said is None:
        raise errors.NullResponse(
            f"nothing stands at {told.rights}, where the schema says what the key may do",
            outcome="unknown",
            exchange=api.schema.id,
            endpoint=told.endpoint,
        )
    held = _words(said)
    known = {str(word) for word in (*told.read, *told.trade, *told.withdraw, *told.other)}

    def may(words: list[Any]) -> bool | None:
        """None when there is no word for it, or one among the key's whose meaning is not known."""
        if not words:
            return None
        return True if held & {str(word) for word in words} else False if held <= known else None

    bound = at(answer, told.ips) if told.ips else None
    return KeyPermissions(
        exchange=api.schema.id,
        account=alias,
        read=may(told.read),
        trade=may(told.trade),
        withdraw=may(told.withdraw),
        ip_bound=None if bound is None else bool(_words(bound)),
        expires_at=_moment(at(answer, told.expires_at)) if told.expires_at else None,
    )


def _words(said: Any) -> set[str]:
    """A list, a text with commas or a single value, as words."""
    listed = said if isinstance(said, list) else str(said).split(",")
    return {text for entry in listed if (text := str(entry).strip())}


def _moment(said: Any) -> int | None:
    """Unix milliseconds; anything else is no time."""
    text = str(said)
    return int(text) if text.isascii() and text.isdigit() and int(text) >= EARLIEST else None
