"""Rate limits as venues document them: so many requests in a window that rolls or starts anew."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Limit:
    """``count`` requests in ``seconds``, counted per API key or per IP address."""

    name: str
    """Requests under the same name are counted together."""
    count: int
    seconds: int
    per: Literal["key", "ip"] = "key"
    rolling: bool = True
    """False: the window starts anew at each multiple of its length."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a request has found; ``remaining`` is -1 when it was one too many."""

    limit: Limit
    allowed: int
    remaining: int
    reset_ms: int
    """Unix milliseconds at which there is room again."""

    @property
    def exceeded(self) -> bool:
        return self.remaining < 0


class Limiter:
    """Counts requests on the venue's clock; a refused one doesn't count."""

    def __init__(self) -> None:
        self._seen: defaultdict[tuple[str, str], deque[int]] = defaultdict(deque)

    def hit(self, limit: Limit, who: str, now_ms: int, *, factor: int = 1) -> Usage:
        """Count one request; ``factor`` stretches the limit."""
        window, allowed = limit.seconds * 1_000, limit.count * factor
        start = now_ms - window if limit.rolling else now_ms - now_ms % window - 1
        seen = self._seen[limit.name, who]
        while seen and seen[0] <= start:
            seen.popleft()
        if len(seen) < allowed:
            seen.append(now_ms)
            remaining = allowed - len(seen)
        else:
            remaining = -1
        reset = (seen[0] if limit.rolling and seen else start + 1) + window
        return Usage(limit, allowed, remaining, reset)

    def clear(self) -> None:
        self._seen.clear()
