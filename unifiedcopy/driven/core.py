"""What every verb is made of: one read, walked to its end, or one write, whose outcome is known or said not to be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from decimal import Decimal
from typing import Any, NamedTuple

from .. import checks, errors
from ..arguments import Arguments, Given, market_arguments, merged, takes
from ..capabilities import Capabilities
from ..connection import Connection, Leaving
from ..contracts import Contracts
from ..inputs import Params
from ..models import Receipt
from ..page import Page
from ..reading import CHOOSABLE, MOMENTS, Inquiry, Walk, joined
from ..request import Request, build
from ..safety.caps import refuse_raw
from ..safety.goals import AnyGoal
from ..safety.intent import Intent, digest, fingerprint
from ..safety.journal import Admit
from ..safety.protocol import Safety, Writes
from ..schema import Api
from ..schema.envelope import Question
from ..schema.model import Endpoint
from ..schema.paths import at
from ..schema.structure import suggestion
from ..signing import Preview
from ..transport import Reply
from ..writing import filled_in, receipt, refused_in_part, told, unknown

REMEMBERED = 1_000
"""Inquirys that an API keeps before it starts anew."""
_previewing: ContextVar[bool] = ContextVar("previewing", default=False)
"""Set for the task that previews: a write that goes on meanwhile is not previewed."""


class Span(NamedTuple):
    """The part of a read that is about one span of time."""

    since: int | None
    inquiries: list[Inquiry]
    """One of each market."""


class Core:
    """One account at one API: endpoints by verb, reads and writes."""

    __slots__ = (
        "_markets_whole", "_safety", "_writes",
        "alias", "api", "can", "connection", "convert", "id", "write_allowed",
    )  # fmt: skip

    def __init__(
        self,
        api: Api,
        connection: Connection,
        can: Capabilities,
        *,
        alias: str | None,
        write: bool,
        convert: bool,
        markets: tuple[str, ...],
        safety: Safety,
    ) -> None:
        self.api, self.id, self.alias, self.can = api, api.schema.id, alias, can
        self.connection = connection
        self.write_allowed, self.convert = write, convert
        self._markets_whole = markets or tuple(api.schema.default_markets or api.schema.markets)
        self._safety = safety
        self._writes: Writes | None = None

    # A portfolio holds tens of thousands of accounts, and most of them are only read: what is as good made when it is
    # needed is not kept.

    @property
    def contracts(self) -> Contracts:
        return Contracts(self.api, self.connection)

    @property
    def account(self) -> str:
        """What the write log knows the account by."""
        key = self.connection.credentials.api_key
        return fingerprint(self.connection.origin, key.reveal() if key else "")

    @property
    def writes(self) -> Writes:
        if self._writes is None:
            lag = self._safety.read_lag
            self._writes = Writes(self, self._safety, self.api.schema.read_lag if lag is None else lag)
        return self._writes

    def serving(self, verb: str) -> str:
        """The first endpoint of a verb.

        Raises:
            NotSupported: there is none; nothing was sent.
        """
        names = self.api.serving(verb)
        if not names:
            raise errors.NotSupported(self.can.why_not(verb), exchange=self.id)
        return names[0]

    # -- reading --------------------------------------------------------------------------------------------------

    async def read(
        self,
        verb: str,
        given: Given,
        *,
        market: str | None = None,
        limit: int | None = None,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[Any]:
        """A list, whole: every span and market that the venue asks for one at a time, every page of each."""
        name = self.serving(verb)
        endpoint = self.endpoint(name)
        checks.limit(limit)
        spans = self._known_inquiries(name, given, market, limit, params)
        convert = await self.contracts.converter(endpoint)
        pages: list[Page[Any]] = []
        for span in spans:
            walks = [Walk(one, self.connection, self.alias, convert) for one in span.inquiries]
            pages += await _together(walks) if len(walks) > 1 else [await walks[0].whole()]
            if limit is not None and sum(map(len, pages)) >= limit:
                break
        page = joined(pages, limit)
        page.covers = checks.covered(span.since, given.get("until"), endpoint.window_days)
        return self.whole(page, name, partial=partial)

    def _known_inquiries(
        self, name: str, given: Given, market: str | None, limit: int | None, params: Params | None
    ) -> list[Span]:
        """What is asked, made once for all accounts that ask the same. A moment is hardly asked for twice."""
        if params or given.get("since") is not None or given.get("until") is not None:
            return self._inquiries(name, given, market, limit, params)
        key = (name, tuple(given.values()), market, limit, self._markets_whole)
        try:
            known = self.api.inquiries.get(key)
        except TypeError:  # an argument that is wrong in its type, and told below
            return self._inquiries(name, given, market, limit, params)
        if known is None:
            known = self._inquiries(name, given, market, limit, params)
            if len(self.api.inquiries) >= REMEMBERED:
                self.api.inquiries.clear()
            self.api.inquiries[key] = known
        return known

    def _inquiries(
        self, name: str, given: Given, market: str | None, limit: int | None, params: Params | None
    ) -> list[Span]:
        """The lists that make the whole."""
        endpoint = self.endpoint(name)
        since, until = given.get("since"), given.get("until")
        steps = {"since", "until"} <= takes(endpoint, "")
        spans = checks.spans(since, until, endpoint.window_days, steps=steps)
        checks.text("market", market)
        if given.get("symbol") is not None:
            checks.text("symbol", given["symbol"])
            self.market_of(given["symbol"], name)  # a symbol that is none finds nothing: not the same as no position
        markets = [market_arguments(self.api, one) for one in self._markets(name, market, given.get("symbol"))]
        parts = [{**given, "since": start, "until": end} if len(spans) > 1 else given for start, end in spans]
        return [
            Span(part.get("since"), [self._inquiry(name, part | one, limit, params) for one in markets])
            for part in parts
        ]

    def whole(self, page: Page[Any], name: str, *, partial: bool) -> Page[Any]:
        """The page, or an error that holds it when rows could not be read and the caller wants all."""
        if page.withheld and not partial:
            listed = "; ".join(str(problem) for problem in page.withheld[:5])
            raise errors.PartialResult(
                f"{page.unread} rows can't be read, {len(page)} can (they are in .page): {listed}",
                page=page,
                outcome="unknown",
                exchange=self.id,
                endpoint=name,
            )
        return page

    async def read_one(self, verb: str, given: Given) -> Any:
        """The one struct that a verb returns."""
        page = await self.read(verb, given)
        if len(page) != 1:
            raise errors.BadResponse(
                f"the venue sent {len(page)} entries where there is one",
                outcome="unknown",
                exchange=self.id,
                endpoint=self.serving(verb),
            )
        return page[0]

    def walk(self, name: str, given: Given) -> Walk:
        """One list, page after page, for as long as the caller wants more."""
        return Walk(self._inquiry(name, given, None, None), self.connection, self.alias)

    def _inquiry(self, name: str, given: Given, limit: int | None, params: Params | None) -> Inquiry:
        """One list of one market."""
        arguments = Arguments(self.api, name, given)
        paging = self.endpoint(name).paging
        if paging is not None and paging.param in (params or {}):
            raise errors.BadRequest(f"params: {paging.param} is set by walking the pages; use limit", exchange=self.id)
        values = merged(arguments.values(), params, self.id, name)
        arguments.refuse_unused(tolerated=CHOOSABLE)
        self._refuse_times(arguments, given)
        wanted = {name: value for name, value in given.items() if name in CHOOSABLE and value is not None}
        # Times are chosen by once more: a venue may mean when a position was opened.
        left = {
            name: value for name, value in wanted.items() if name in ("since", "until") or name not in arguments.used
        }
        whole = any(name not in arguments.used for name in wanted)
        return Inquiry(self.api, name, values, limit, left, whole_pages=whole)

    def _refuse_times(self, arguments: Arguments, given: Given) -> None:
        """A span that neither the venue nor the rows can choose by would find everything."""
        asked = [name for name in ("since", "until") if given.get(name) is not None and name not in arguments.used]
        if asked and not any(moment in arguments.endpoint.fields for moment in MOMENTS):
            raise errors.NotSupported(
                f"{', '.join(asked)}: this list is not told by time", exchange=self.id, endpoint=arguments.name
            )

    def _markets(self, name: str, market: str | None, symbol: str | None) -> list[str | None]:
        """The markets to ask: all, unless one is named or the symbol is of one."""
        if not takes(self.endpoint(name), "market."):
            if market is not None:
                raise errors.NotSupported("this API has no markets to choose from", exchange=self.id, endpoint=name)
            return [None]
        if market is not None:
            return [self.known_market(market, name)]
        if symbol is not None:
            return [self.market_of(symbol, name)]
        return list(self._markets_whole)

    def known_market(self, market: str | None, name: str) -> str | None:
        if market is not None and market not in self.api.schema.markets:
            raise errors.BadRequest(
                f"there is no market {market!r}; {suggestion(market, self.api.schema.markets)}",
                exchange=self.id,
                endpoint=name,
            )
        return market

    def market_of(self, symbol: str, name: str) -> str | None:
        return Arguments(self.api, name, {}).venue_symbol(symbol).market

    # -- writing --------------------------------------------------------------------------------------------------

    def endpoint(self, name: str) -> Endpoint:
        return self.api.schema.endpoints[name]

    def guard(self, request: Request, *, writes: bool, notes: tuple[str, ...] = ()) -> None:
        if _previewing.get():
            raise PreviewReached(request, notes)
        if writes and not self.write_allowed:
            raise errors.SafetyRefused(
                "this connection only reads; connect(…, write=True) allows writes",
                exchange=self.id,
                endpoint=request.endpoint,
            )

    async def answer(self, request: Request, leaving: Leaving | None = None) -> Any:
        """The decoded answer of a success; a write that may have happened raises ``OutcomeUnknown``."""
        endpoint = self.endpoint(request.endpoint)

        def parse(reply: Reply) -> Any:
            with told(reply):
                question = Question(request.sent, reply.asked_at)
                checked = self.api.verdict.check(request.endpoint, endpoint, reply.body, reply.status, question)
                return self._confirmed(endpoint, checked)

        try:
            return await self.connection.ask(request, parse, leaving)
        except errors.UnifiedCopyError as error:
            if leaving is not None and (error.outcome == "unknown" or refused_in_part(endpoint, request, error)):
                raise unknown(error) from error
            raise

    def _confirmed(self, endpoint: Endpoint, answer: Any) -> Any:
        """The answer, unless it says that nothing came of it."""
        if endpoint.confirm is None:
            return answer
        said = at(answer, endpoint.confirm)
        if said in endpoint.denied if endpoint.denied else said not in (True, "true"):
            raise errors.BadResponse(
                f"the answer's {endpoint.confirm} is {said!r}", outcome="unknown", exchange=self.id
            )
        return answer

    async def preview(self, work: Callable[[], Awaitable[object]], verb: str) -> Preview:
        """The request that a verb would send, stopped before it leaves."""
        token = _previewing.set(True)
        try:
            await work()
        except PreviewReached as reached:
            return self.connection.sign(reached.request).preview(self.connection.origin, reached.notes)
        finally:
            _previewing.reset(token)
        raise errors.NotSupported(f"{verb} is not previewed: it sends nothing or only reads", exchange=self.id)

    async def write(
        self,
        verb: str,
        name: str,
        values: dict[str, Any],
        params: Params | None,
        goal: AnyGoal | None = None,
        *,
        notes: list[str] | None = None,
        leader_id: str | None = None,
        amount: Decimal | None = None,
        admit: Admit | None = None,
    ) -> Receipt:
        """Sends the wire values with the caller's own params, once; the notes go onto the receipt.

        Args:
            goal: what the venue's state shows when it was done, for when its answer is lost.
            amount: what it puts at risk at most, quote currency.
            admit: raises when there is no room for it beside the account's other writes.
        """
        endpoint = self.endpoint(name)
        sent = merged(values, params, self.id, name)
        request = build(self.id, name, endpoint, sent)
        said = (*(notes or ()), *filled_in(endpoint, sent))
        self.guard(request, writes=True, notes=said)
        intent = self._intent(verb, request, goal, leader_id, amount)
        write_id, answer, verdict = await self.writes.carry_out(
            intent, lambda leaving: self.answer(request, leaving), admit
        )
        if verdict is None:
            return receipt(self.api, request, answer, self.alias, said, journal_id=write_id)
        said += (f"the answer was lost; the state was read instead: {verdict.words}",)
        return receipt(self.api, request, None, self.alias, said, journal_id=write_id, confirmed_by="state")

    async def call(self, request: Request) -> Any:
        """The answer of a raw call; one that changes something goes the way of every write."""
        endpoint = self.endpoint(request.endpoint)
        self.guard(request, writes=endpoint.changes)
        if not endpoint.changes:
            return await self.answer(request)
        operation = endpoint.verb or "call"
        refuse_raw(self.writes.caps, operation, self.id)
        intent = self._intent(operation, request)
        _, answer, _ = await self.writes.carry_out(intent, lambda leaving: self.answer(request, leaving))
        return answer

    def _intent(
        self,
        verb: str,
        request: Request,
        goal: AnyGoal | None = None,
        leader_id: str | None = None,
        amount: Decimal | None = None,
    ) -> Intent:
        return Intent(
            exchange=self.id,
            origin=self.connection.origin,
            account=self.account,
            alias=self.alias,
            operation=verb,
            endpoint=request.endpoint,
            sent=request.sent,
            request=digest(request),
            amount=None if amount is None else f"{amount:f}",
            leader_id=leader_id,
            goal=goal,
        )

    def quiet(self) -> bool:
        """Whether a read of now shows everything that the account wrote."""
        return self.writes.quiet(self.id, self.connection.origin, self.account)

    def tells(self, verb: str) -> frozenset[str]:
        """The canonical fields that a verb's answer holds; empty when the API lacks the verb."""
        return frozenset(field for name in self.api.serving(verb) for field in self.endpoint(name).fields)


def previewing() -> bool:
    """Whether this task only wants to see what it would send."""
    return _previewing.get()


class PreviewReached(Exception):
    def __init__(self, request: Request, notes: tuple[str, ...]) -> None:
        self.request, self.notes = request, notes


async def _together(walks: list[Walk]) -> list[Page[Any]]:
    """Every walk to its end, also when one of them fails: then its error is raised."""
    ends = await asyncio.gather(*(walk.whole() for walk in walks), return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return [end for end in ends if isinstance(end, Page)]
