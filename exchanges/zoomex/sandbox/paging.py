"""Pages and the cursors that lead from one to the next."""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import quote

from unifiedcopy.sandbox import Call, World

from .gate import Gate

T = TypeVar("T")


class Paging(Gate):
    """Cursors that work once they were given out, in the very same bytes."""

    def __init__(self, world: World) -> None:
        self._cursors: dict[str, tuple[tuple[str, ...], str]] = {}
        super().__init__(world)

    def page(
        self, call: Call, rows: list[T], filters: tuple[str, ...], *, key: Any, default: int, most: int
    ) -> tuple[list[T], str]:
        """One page and the cursor to the next, percent-encoded already [seed].

        The text that comes back must be the very same bytes: decoded or encoded again, it is unknown.
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
        last = str(key(shown[-1]))
        text = last if ":" in last else f"updateAt={call.request.at}&last={last}"
        return shown, self.remember(text, filters, last)

    def remember(self, text: str, filters: tuple[str, ...], last: str) -> str:
        """The cursor for a text; it knows the filters and the key of the last row."""
        cursor = quote(text, safe="")
        self._cursors[cursor] = (filters, last)
        return cursor
