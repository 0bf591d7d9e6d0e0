"""Text that somebody else wrote: names of leaders and followers, words of a venue."""

from __future__ import annotations

import unicodedata

_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def clean(text: str, longest: int = 2_000) -> str:
    """Text fit to be shown: no control characters, nothing that turns a line around, no end of it."""
    kept = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) in _INVISIBLE else char for char in text)
    return kept if len(kept) <= longest else f"{kept[:longest]}…"
