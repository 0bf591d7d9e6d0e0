"""Pages and the cursors that lead from one to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from unifiedcopy.sandbox import Call, World, span

from .gate import Gate

T = TypeVar("T")
WEEK_MS = 7 * 86_400_000


class Paging(Gate):
    """Cursors that work once they were given out, in the very same bytes."""

    def __init__(self, world: World) -> None:
        self._cursors: dict[str, tuple[tuple[str, ...], str]] = {}
        super().__init__(world)

    def page(
        self,
        call: Call,
        rows: list[T],
        filters: tuple[str, ...],
        *,
        key: Callable[[T], str],
        default: int,
        most: int,
        text: Callable[[str], str] | None = None,
    ) -> tuple[list[T], str]:
        """One page and the cursor to the next, percent-encoded already [seed].

        The text that comes back must be the very same bytes: decoded or encoded again, it is unknown. ``text``
        makes the cursor's text of the last row's key.
        """
        limit = call.query.get("limit", str(default))
        if not limit.isdigit() or not 1 <= int(limit) <= most:
            raise self.refuse(10001, "params error: limit invalid")
        start, sent = 0, call.request.raw_query("cursor")
        if sent:
            known = self._cursors.get(sent)
            if known is None or known[0] != filters:
                raise self.refuse(10001, "params error: cursor invalid")
            keys = [key(row) for row in rows]
            start = keys.index(known[1]) + 1 if known[1] in keys else len(rows)
        shown = rows[start : start + int(limit)]
        if not shown or (self.options.last_cursor == "more" and start + len(shown) == len(rows)):
            return shown, ""
        last = key(shown[-1])
        mark = text(last) if text else f"updateAt={call.request.at}&last={last}"
        return shown, self.remember(mark, filters, last)

    def span(self, call: Call, *, together: bool = False) -> tuple[int, int]:
        """Both ends of the time asked for: 7 days at most, 7 days where an end is missing [docs]."""
        given = [call.query.get(name, "") for name in ("startTime", "endTime")]
        if any(text and not text.isdigit() for text in given) or (together and bool(given[0]) != bool(given[1])):
            raise self.refuse(10001, "params error: startTime or endTime invalid")
        start, end = (int(text) if text else None for text in given)
        found = span(start, end, now=call.request.at, most=WEEK_MS)
        if found is None:
            raise self.refuse(10001, "params error: startTime and endTime are more than 7 days apart")
        return found

    def remember(self, text: str, filters: tuple[str, ...], last: str) -> str:
        """The cursor for a text; it knows the filters and the key of the last row."""
        cursor = quote(text, safe="")
        self._cursors[cursor] = (filters, last)
        return cursor
