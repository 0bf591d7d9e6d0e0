"""How a list is read whole: pages walked to the end, markets put together, rows filtered that the venue could not
filter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import cached_property
from typing import Any, NamedTuple

from . import errors
from .connection import Connection
from .contracts import Convert
from .models import ClosedPosition, Position, SymbolRule
from .page import Answer, Page
from .request import Request, build
from .schema import Api
from .schema.compile import Reader, Sent
from .schema.drift import drift
from .schema.envelope import clean
from .schema.expressions import as_field
from .schema.rows import Rows, identity, repeats
from .transport import Reply
from .writing import told

MOST_PAGES = 10_000


class Inquiry:
    """One list to ask for. It holds nothing of an account, so that those of one API share what was made of it."""

    def __init__(
        self, api: Api, name: str, values: dict[str, Any], limit: int | None, left: dict[str, Any], *, whole_pages: bool
    ) -> None:
        self.api, self.name = api, name
        self.endpoint = api.schema.endpoints[name]
        self.reader = api.reader(name)
        self.values, self.limit = values, limit
        self.left = left
        """What the caller chose by and the venue can't, or may understand otherwise."""
        self._whole_pages = whole_pages

    @cached_property
    def first(self) -> Request:
        """The request for the first page."""
        paging = self.endpoint.paging
        return self.request(self.first_number if paging is not None and paging.style == "number" else None)

    @property
    def first_number(self) -> int:
        """Of its pages."""
        return self.endpoint.paging.first if self.endpoint.paging is not None else 1

    def request(self, position: int | str | None, version: str | None = None) -> Request:
        """The request for a page: its number, or the cursor that leads to it."""
        paging, values = self.endpoint.paging, dict(self.values)
        if paging is not None:
            if paging.size is not None and self.size is not None:
                values.setdefault(paging.size, self.size)
            if position is not None:
                values[paging.param] = position
            if paging.version_param is not None and version is not None:
                values[paging.version_param] = version
        return build(self.api.schema.id, self.name, self.endpoint, values)

    @property
    def size(self) -> int | None:
        """The page size to ask for: what is needed, at most what the venue gives."""
        paging = self.endpoint.paging
        if paging is None or paging.size is None or paging.max_size is None:
            return None
        if paging.size in self.values:
            return int(self.values[paging.size])
        if self.limit is None or self._whole_pages:
            return paging.max_size
        return min(self.limit, paging.max_size)


class Walk:
    """One list of one account, page after page. It is walked once.

    It ends when the venue says so, with an empty page, and when rows or a cursor come again.
    """

    def __init__(
        self, inquiry: Inquiry, connection: Connection, alias: str | None, convert: Convert[Any] | None = None
    ) -> None:
        self.inquiry, self.connection, self.alias = inquiry, connection, alias
        self.endpoint, self.limit = inquiry.endpoint, inquiry.limit
        self._convert = convert
        self._told = connection.redaction.told
        self._origin = _Origin(inquiry.reader, alias, inquiry.values, convert, self._told)
        self._request, self._number = inquiry.first, inquiry.first_number
        self._read, self._got, self._began, self._anew = 0, 0, False, False
        self._version: str | None = None
        self._cursors: dict[str, None] = {}
        """Those that were followed, in order."""
        self._known = _Known()

    async def whole(self) -> Page[Any]:
        """All pages as one, or as many as the limit needs."""
        page, rows, fresh = await self._page()
        pages = [page]
        while self._goes_on(rows, fresh):
            page, rows, fresh = await self._page()
            pages.append(page)
        return joined(pages, self.limit)

    async def pages(self) -> AsyncIterator[Page[Any]]:
        """Page by page."""
        more = True
        while more:
            page, rows, fresh = await self._page()
            yield page
            more = self._goes_on(rows, fresh)

    async def _page(self) -> tuple[Page[Any], Rows, list[Any]]:
        """The next page, what its answer held, and the items that no page before it had."""
        reply, rows = await self._one(self._request)
        self._read += 1
        if rows.said_empty and self._began:
            raise self._wrong("the list broke off: an error code that means an empty list came after rows")
        self._began = self._began or bool(rows.items or rows.withheld)
        fresh = self._known.fresh(rows.items)
        items = chosen(fresh, self.inquiry.left) if self.inquiry.left else fresh
        self._got += len(items)
        answer = Answer(reply.body, reply.received_at, len(items))
        return Page(items, (answer,), rows.withheld, self._origin, rows.next, rows.unread), rows, fresh

    def _goes_on(self, rows: Rows, fresh: list[Any]) -> bool:
        """Whether another page may follow; then it is asked for next."""
        paging = self.endpoint.paging
        if paging is None or not rows.sent or (self.limit is not None and self._got >= self.limit):
            return False
        if self._version is not None and rows.version != self._version:
            # The venue made a new list meanwhile: from its first page on, for rows that moved between pages.
            self._number, self._anew = paging.first, True
            following: int | str | None = self._number if paging.style == "number" else self._cursor
        else:
            if rows.items and not fresh and not self._anew:  # the venue repeats itself
                self._refuse_going_back(rows.items)
                self._refuse_standing_still(rows.sent)
                return False
            following = self._next_number(rows) if paging.style == "number" else self._next_cursor(rows)
            if following is None:
                return False
        if self._read >= MOST_PAGES:
            raise self._wrong(f"the list has no end after {MOST_PAGES} pages")
        self._version = rows.version
        self._request = self.inquiry.request(following, self._version)
        return True

    def _next_number(self, rows: Rows) -> int | None:
        if rows.last or (rows.pages is not None and self._number >= rows.pages):
            return None
        self._number += 1
        return self._number

    def _next_cursor(self, rows: Rows) -> str | None:
        # A short page proves nothing: some venues send fewer rows than they are asked for.
        if rows.next is None or rows.next in self._cursors:
            return None
        self._cursors[rows.next] = None
        return rows.next

    @property
    def _cursor(self) -> str | None:
        """The one that led to the last page."""
        return next(reversed(self._cursors), None)

    def _wrong(self, words: str) -> errors.BadResponse:
        return errors.BadResponse(
            words, outcome="unknown", exchange=self.inquiry.api.schema.id, endpoint=self.inquiry.name
        )

    def _refuse_going_back(self, items: list[Any]) -> None:
        """Rows that are all known, without the one they were to come after: this venue's cursor leads to newer rows,
        and the older ones are not read.
        """
        paging, line = self.endpoint.paging, self.endpoint.fields.get("id")
        cursor = self._cursor
        if cursor is None or paging is None or line is None or paging.row_id is None:
            return
        if as_field(line).source == paging.row_id and cursor not in {item.id for item in items}:
            raise self._wrong(f"the list goes back: {paging.param} = {cursor} is answered with newer rows")

    def _refuse_standing_still(self, sent: int) -> None:
        """A full page that came before: this venue may not look at the page that it is asked for. One of more rows than
        were asked for is a list without pages.
        """
        if sent == self.inquiry.size:
            raise self._wrong(
                f"the list stands still: a full page of {sent} rows came a second time, and more may follow"
            )

    def _refuse_doubles(self, reply: Reply, rows: int) -> None:
        key = self.inquiry.reader.keys.twice(reply.body, rows)
        if key is not None:
            raise errors.SchemaDrift(
                f"the key {clean(key)!r} stands twice in one object; which of the two is true?",
                outcome="unknown",
                exchange=self.inquiry.api.schema.id,
                endpoint=self.inquiry.name,
                http_status=reply.status,
            )

    async def _one(self, request: Request) -> tuple[Reply, Rows]:
        reader = self.inquiry.reader

        def parse(reply: Reply) -> tuple[Reply, Rows]:
            with told(reply):
                rows = reader.read(reply.body, self.alias, reply.status, request.sent, reply.asked_at)
                self._refuse_doubles(reply, rows.sent)
                if repeats(rows.items):
                    rows = reader.read_once(reply.body, self.alias, request.sent)
                if self._convert is not None:
                    rows.items = [self._convert(item) for item in rows.items]
                if rows.withheld:
                    rows.withheld = tuple(row._replace(reason=self._told(row.reason)) for row in rows.withheld)
                return reply, rows

        return await self.connection.ask(request, parse)


class _Origin(NamedTuple):
    """A page's way back to the bytes."""

    reader: Reader
    account: str | None
    sent: Sent
    convert: Convert[Any] | None
    told: Callable[[str], str]

    def drift(self, body: bytes) -> list[str]:
        return [self.told(line) for line in drift(self.reader, body)]

    def row(self, body: bytes, item: Any) -> dict[str, Any] | None:
        def matches(made: Any) -> bool:
            return bool((self.convert(made) if self.convert else made) == item)

        return self.reader.row_of(body, matches, self.account, self.sent)


class _Known:
    """What the pages so far had: lists shift while they are read, and the same row may come twice.

    What can't be told apart, such as followers under masked names, is dropped only when a page comes again.
    """

    __slots__ = ("_first", "_keys")

    def __init__(self) -> None:
        self._first: list[Any] | None = None
        """Most lists are one page, and need no keys."""
        self._keys: set[Any] | None = None

    def fresh(self, items: list[Any]) -> list[Any]:
        """The items that no earlier page had."""
        if self._first is None:
            self._first = items
            return items
        if self._keys is None:
            self._keys = set()
            self._new(self._first, self._keys)
        return self._new(items, self._keys)

    @staticmethod
    def _new(items: list[Any], known: set[Any]) -> list[Any]:
        keys = [identity(item) for item in items]
        page = tuple(items) if None in keys else None
        if page is not None and page in known:
            return []
        fresh = [item for item, key in zip(items, keys, strict=True) if key is None or key not in known]
        known.update(key for key in keys if key is not None)
        known.add(page)
        return fresh


def joined(pages: list[Page[Any]], limit: int | None) -> Page[Any]:
    """Pages as one, cut at a limit; of several markets the newest closings come first."""
    if len(pages) == 1 and (limit is None or len(pages[0]) <= limit):
        return pages[0]
    items = [item for page in pages for item in page.items]
    if all(isinstance(item, Position) for item in items):  # markets may overlap, and a position is one
        items = list({item.id: item for item in items}.values())
    if all(isinstance(item, ClosedPosition) for item in items):
        items.sort(key=lambda closed: -(closed.closed_at or 0))
    answers = tuple(answer for page in pages for answer in page.answers)
    withheld = tuple(problem for page in pages for problem in page.withheld)
    unread = sum(page.unread for page in pages)
    kept = items if limit is None else items[:limit]
    return Page(kept, answers, withheld, pages[0]._origin, pages[-1].next, unread)


def chosen(items: list[Any], left: dict[str, Any]) -> list[Any]:
    """The items that the caller asked for, by what the venue could not choose itself.

    Raises:
        NotSupported: the rows don't tell what to choose by.
    """
    for name, wanted in left.items():
        if wanted is None or not items:
            continue
        if name == "leader_id" and any(item.leader_id is None for item in items):
            raise errors.NotSupported(
                "the venue's rows don't tell the leader's id, so they can't be chosen by leader",
                exchange=items[0].exchange,
            )
        items = [item for item in items if _CHOSEN[name](item, wanted)]
    return items


MOMENTS = ("closed_at", "at", "followed_at")


def _moment(item: Any) -> int | None:
    """The time that a history is about."""
    for name in MOMENTS:
        if hasattr(item, name):
            found: int | None = getattr(item, name)
            return found
    return None


_CHOSEN: dict[str, Callable[[Any, Any], bool]] = {
    # A rule without a symbol holds for all of them.
    "symbol": lambda item, symbol: item.symbol == symbol or (isinstance(item, SymbolRule) and not item.venue_symbol),
    "leader_id": lambda item, leader: item.leader_id == leader,
    "asset": lambda item, asset: item.asset is None or item.asset.casefold() == asset.casefold(),
    "since": lambda item, since: (at := _moment(item)) is None or at >= since,
    "until": lambda item, until: (at := _moment(item)) is None or at < until,
}
CHOOSABLE = tuple(_CHOSEN)
"""Arguments that rows can be chosen by here when the venue can't."""
