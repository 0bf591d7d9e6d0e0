"""The same interface without ``async``: every call runs on one background loop and waits for its answer.

import unifiedcopy.sync as uc

with uc.connect("<venue>", api_key=…, secret=…, passphrase=…) as ex:
    print(ex.positions())
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from . import registry
from .exchange import CopyTradingExchange
from .inputs import How, LeaderRef, Order, Params, Trigger
from .lead import LeadRole
from .models import (
    Account,
    ClosedPosition,
    FollowedLeader,
    Follower,
    FollowSettings,
    KeyPermissions,
    Leader,
    LeadSettings,
    LeadStatistics,
    OpenCopies,
    Position,
    ProfitShare,
    Receipt,
    SymbolRule,
)
from .page import Page
from .portfolio import AccountReading, Event, Listing, Part, Snapshot
from .portfolio import Portfolio as AsyncPortfolio
from .portfolio.portfolio import DEADLINE, EVERY, IN_FLIGHT
from .portfolio.reading import PARTS
from .secret import masked
from .signing import Preview

if TYPE_CHECKING:
    from .safety.journal import WriteRecord

T = TypeVar("T")


class _Loop:
    """One event loop in a daemon thread, started with the first connection."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine there and waits; an interrupt cancels it."""
        if threading.current_thread().name == _THREAD:
            work.close()
            raise RuntimeError("unifiedcopy.sync can't be called from its own loop; use unifiedcopy.connect there")
        future = asyncio.run_coroutine_threadsafe(work, self._running())
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name=_THREAD, daemon=True).start()
            return self._loop


_THREAD = "unifiedcopy.sync"
_loop = _Loop()


class SyncExchange:
    """``CopyTradingExchange`` with plain methods; see there what each does."""

    def __init__(self, exchange: CopyTradingExchange) -> None:
        self._exchange = exchange
        self.id, self.name, self.alias, self.can = exchange.id, exchange.name, exchange.alias, exchange.can
        self.lead = SyncLeadRole(exchange.lead)

    def __repr__(self) -> str:
        return repr(self._exchange)

    def list_leaders(
        self,
        *,
        sort: str | None = None,
        order: Order | None = None,
        name: str | None = None,
        limit: int = 20,
        params: Params | None = None,
    ) -> Page[Leader]:
        return _loop.run(self._exchange.list_leaders(sort=sort, order=order, name=name, limit=limit, params=params))

    def leaders(
        self, *, sort: str | None = None, order: Order | None = None, name: str | None = None
    ) -> Iterator[Leader]:
        walk = self._exchange.leaders(sort=sort, order=order, name=name)
        while (leader := _loop.run(_next(walk))) is not None:
            yield leader

    def leader(self, leader: LeaderRef, *, days: int | None = None) -> Leader:
        return _loop.run(self._exchange.leader(leader, days=days))

    def leader_positions(
        self, leader: LeaderRef, *, symbol: str | None = None, market: str | None = None, partial: bool = False
    ) -> Page[Position]:
        return _loop.run(self._exchange.leader_positions(leader, symbol=symbol, market=market, partial=partial))

    def leader_history(
        self,
        leader: LeaderRef,
        *,
        symbol: str | None = None,
        market: str | None = None,
        since: int | None = None,
        until: int | None = None,
        limit: int = 100,
        partial: bool = False,
    ) -> Page[ClosedPosition]:
        return _loop.run(
            self._exchange.leader_history(
                leader, symbol=symbol, market=market, since=since, until=until, limit=limit, partial=partial
            )
        )

    def leader_followers(self, leader: LeaderRef, *, limit: int = 100) -> Page[Follower]:
        return _loop.run(self._exchange.leader_followers(leader, limit=limit))

    def following(self) -> Page[FollowedLeader]:
        return _loop.run(self._exchange.following())

    def follow_settings(self, leader: LeaderRef) -> Page[FollowSettings]:
        return _loop.run(self._exchange.follow_settings(leader))

    def follow(
        self,
        leader: LeaderRef,
        settings: FollowSettings,
        *,
        amend: bool | None = None,
        params: Params | None = None,
    ) -> Receipt:
        return _loop.run(self._exchange.follow(leader, settings, amend=amend, params=params))

    def unfollow(
        self, leader: LeaderRef, *, open_copies: OpenCopies | None = None, params: Params | None = None
    ) -> Receipt:
        return _loop.run(self._exchange.unfollow(leader, open_copies=open_copies, params=params))

    def positions(
        self,
        *,
        symbol: str | None = None,
        leader: LeaderRef | None = None,
        market: str | None = None,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[Position]:
        return _loop.run(
            self._exchange.positions(symbol=symbol, leader=leader, market=market, partial=partial, params=params)
        )

    def closed_positions(
        self,
        *,
        symbol: str | None = None,
        leader: LeaderRef | None = None,
        market: str | None = None,
        since: int | None = None,
        until: int | None = None,
        limit: int = 100,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[ClosedPosition]:
        return _loop.run(
            self._exchange.closed_positions(
                symbol=symbol,
                leader=leader,
                market=market,
                since=since,
                until=until,
                limit=limit,
                partial=partial,
                params=params,
            )
        )

    def set_tpsl(
        self,
        position: Position,
        *,
        take_profit: Trigger | None = None,
        stop_loss: Trigger | None = None,
        convert: bool | None = None,
        params: Params | None = None,
    ) -> Receipt:
        return _loop.run(
            self._exchange.set_tpsl(
                position, take_profit=take_profit, stop_loss=stop_loss, convert=convert, params=params
            )
        )

    def close_position(self, position: Position, *, params: Params | None = None) -> Receipt:
        return _loop.run(self._exchange.close_position(position, params=params))

    def close_all_positions(
        self, *, market: str | None = None, symbol: str | None = None, params: Params | None = None
    ) -> Receipt:
        return _loop.run(self._exchange.close_all_positions(market=market, symbol=symbol, params=params))

    def copy_limits(
        self, *, leader: LeaderRef | None = None, symbol: str | None = None, market: str | None = None
    ) -> Page[SymbolRule]:
        return _loop.run(self._exchange.copy_limits(leader=leader, symbol=symbol, market=market))

    def account(self, *, params: Params | None = None) -> Page[Account]:
        return _loop.run(self._exchange.account(params=params))

    def key_permissions(self) -> KeyPermissions:
        return _loop.run(self._exchange.key_permissions())

    def writes(self, *, limit: int | None = 100) -> list[WriteRecord]:
        return self._exchange.writes(limit=limit)

    def reconcile(self) -> list[WriteRecord]:
        return _loop.run(self._exchange.reconcile())

    def resolve_write(self, write_id: int, *, applied: bool) -> None:
        self._exchange.resolve_write(write_id, applied=applied)

    def call(self, endpoint: str, **wire: Any) -> Any:
        return _loop.run(self._exchange.call(endpoint, **wire))

    def preview(self, verb: str, *arguments: Any, **options: Any) -> Preview:
        return _loop.run(self._exchange.preview(verb, *arguments, **options))

    def fetch_leaders(self, **options: Any) -> Page[Leader]:
        return self.list_leaders(**options)

    def fetch_positions(self, **options: Any) -> Page[Position]:
        return self.positions(**options)

    def close(self) -> None:
        """Closes the connections."""
        _loop.run(self._exchange.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class SyncLeadRole:
    """``ex.lead`` with plain methods."""

    def __init__(self, lead: LeadRole) -> None:
        self._lead = lead

    def positions(
        self,
        *,
        symbol: str | None = None,
        market: str | None = None,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[Position]:
        return _loop.run(self._lead.positions(symbol=symbol, market=market, partial=partial, params=params))

    def closed_positions(
        self,
        *,
        symbol: str | None = None,
        market: str | None = None,
        since: int | None = None,
        until: int | None = None,
        limit: int = 100,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[ClosedPosition]:
        return _loop.run(
            self._lead.closed_positions(
                symbol=symbol, market=market, since=since, until=until, limit=limit, partial=partial, params=params
            )
        )

    def set_tpsl(
        self,
        position: Position,
        *,
        take_profit: Trigger | None = None,
        stop_loss: Trigger | None = None,
        convert: bool | None = None,
        params: Params | None = None,
    ) -> Receipt:
        return _loop.run(
            self._lead.set_tpsl(position, take_profit=take_profit, stop_loss=stop_loss, convert=convert, params=params)
        )

    def close_position(self, position: Position, *, params: Params | None = None) -> Receipt:
        return _loop.run(self._lead.close_position(position, params=params))

    def close_all_positions(
        self, *, market: str | None = None, symbol: str | None = None, params: Params | None = None
    ) -> Receipt:
        return _loop.run(self._lead.close_all_positions(market=market, symbol=symbol, params=params))

    def followers(
        self,
        *,
        since: int | None = None,
        until: int | None = None,
        limit: int = 100,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[Follower]:
        return _loop.run(self._lead.followers(since=since, until=until, limit=limit, partial=partial, params=params))

    def remove_follower(self, follower: Follower | str, *, params: Params | None = None) -> Receipt:
        return _loop.run(self._lead.remove_follower(follower, params=params))

    def profit_share(
        self,
        *,
        since: int | None = None,
        until: int | None = None,
        day: int | None = None,
        asset: str | None = None,
        limit: int = 100,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[ProfitShare]:
        return _loop.run(
            self._lead.profit_share(
                since=since, until=until, day=day, asset=asset, limit=limit, partial=partial, params=params
            )
        )

    def profit_share_pending(
        self, *, asset: str | None = None, partial: bool = False, params: Params | None = None
    ) -> Page[ProfitShare]:
        return _loop.run(self._lead.profit_share_pending(asset=asset, partial=partial, params=params))

    def profit_share_totals(
        self,
        *,
        since: int | None = None,
        until: int | None = None,
        partial: bool = False,
        params: Params | None = None,
    ) -> Page[ProfitShare]:
        return _loop.run(self._lead.profit_share_totals(since=since, until=until, partial=partial, params=params))

    def statistics(self, *, days: int | None = None) -> LeadStatistics:
        return _loop.run(self._lead.statistics(days=days))

    def symbols(self, *, symbol: str | None = None, market: str | None = None) -> Page[SymbolRule]:
        return _loop.run(self._lead.symbols(symbol=symbol, market=market))

    def set_symbols(
        self, symbols: tuple[str, ...] | list[str], *, how: How = "replace", params: Params | None = None
    ) -> Receipt:
        return _loop.run(self._lead.set_symbols(symbols, how=how, params=params))

    def settings(self) -> LeadSettings:
        return _loop.run(self._lead.settings())

    def set_settings(self, settings: LeadSettings, *, params: Params | None = None) -> Receipt:
        return _loop.run(self._lead.set_settings(settings, params=params))


class SyncPortfolio:
    """``Portfolio`` with plain methods, over accounts that ``connect`` of this module made."""

    def __init__(
        self,
        accounts: Iterable[SyncExchange | AccountReading],
        *,
        deadline: float | Mapping[str, float] = DEADLINE,
        in_flight: int = IN_FLIGHT,
        drift: bool = False,
    ) -> None:
        plain = [one._exchange if isinstance(one, SyncExchange) else one for one in accounts]
        self._portfolio = AsyncPortfolio(plain, deadline=deadline, in_flight=in_flight, drift=drift)

    def __repr__(self) -> str:
        return repr(self._portfolio)

    def __len__(self) -> int:
        return len(self._portfolio)

    def snapshot(self, parts: Iterable[Part] = PARTS) -> Snapshot:
        return _loop.run(self._portfolio.snapshot(parts))

    def positions(self) -> Listing[Position]:
        return _loop.run(self._portfolio.positions())

    def leaders(self) -> Listing[FollowedLeader]:
        return _loop.run(self._portfolio.leaders())

    def watch(self, every: float = EVERY) -> Iterator[Event]:
        events = self._portfolio.watch(every)
        try:
            while (event := _loop.run(_next(events))) is not None:
                yield event
        finally:
            _loop.run(events.aclose())

    def known(self) -> Snapshot:
        return self._portfolio.known()

    def close(self) -> None:
        """Closes every account."""
        _loop.run(self._portfolio.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


Portfolio = SyncPortfolio


async def _next(walk: AsyncIterator[T]) -> T | None:
    return await anext(walk, None)


def connect(venue: str | Path, **options: Any) -> SyncExchange:
    """``unifiedcopy.connect`` with plain methods; it takes the same options."""
    options = masked(options)  # the same name: an error's traceback may list this function's locals
    return SyncExchange(registry.connect(venue, **options))
