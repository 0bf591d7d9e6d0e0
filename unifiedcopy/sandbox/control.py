"""Control over HTTP, beside each venue: look at the state, let time pass, plan faults.

========  ============================  ==================================================================
GET       /__sandbox__/state            clock, prices, accounts with keys, balances, positions, relations
GET       /__sandbox__/requests         what was received
GET       /__sandbox__/executions       writes that were carried out
GET       /__sandbox__/fidelity         how far each endpoint can be trusted
POST      /__sandbox__/advance          ``{"seconds": 3600}``
POST      /__sandbox__/price            ``{"coin": "BTC", "price": "70000"}``
POST      /__sandbox__/fault            fields of `Fault`: ``{"kind": "status", "status": 503, "times": 2}``
DELETE    /__sandbox__/fault            forget all planned faults
POST      /__sandbox__/lag              ``{"seconds": 5}``: reads show the state of so long ago
========  ============================  ==================================================================
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Any

from .acting import Acting
from .amounts import plain
from .faults import Fault, Faults
from .positions import Position
from .venue import VenueEmulator
from .wire import Answer, Request

PREFIX = "/__sandbox__/"
Action = Callable[[Any], Awaitable[object]]


class Control:
    """The control requests of one venue: of what it plays, has received and plans; ``advance`` lets seconds pass."""

    def __init__(
        self,
        emulator: VenueEmulator,
        received: Sequence[Request],
        faults: Faults,
        acting: Acting,
        advance: Callable[[int], Awaitable[None]],
    ) -> None:
        self._emulator = emulator
        self._world = emulator.world
        self._received = received
        self._planned = faults
        self._acting = acting
        self._let_pass = advance
        self._actions: dict[tuple[str, str], Action] = {
            ("GET", "state"): self._state,
            ("GET", "requests"): self._requests,
            ("GET", "executions"): self._executions,
            ("GET", "fidelity"): self._fidelity,
            ("POST", "advance"): self._advance,
            ("POST", "price"): self._price,
            ("POST", "fault"): self._fault,
            ("DELETE", "fault"): self._no_faults,
            ("POST", "lag"): self._lag,
        }

    async def answer(self, request: Request) -> Answer:
        action = self._actions.get((request.method, request.path.removeprefix(PREFIX)))
        if action is None:
            return Answer.json({"error": "no such control", "controls": _names(self._actions)}, 404)
        try:
            return Answer.json(await action(request.json))
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            return Answer.json({"error": f"{type(error).__name__}: {error}"}, 400)

    async def _state(self, _: Any) -> object:
        world = self._world
        return {
            "venue": world.venue,
            "now_ms": world.clock.now_ms(),
            "prices": {coin: plain(world.market.price(coin)) for coin in world.market.coins},
            "accounts": {alias: self._account(alias) for alias in world.accounts},
            "leaders": {leader.id: leader.name for leader in world.copying.leaders.values()},
        }

    def _account(self, alias: str) -> object:
        world = self._world
        account = world.accounts[alias]
        ledger = world.ledger
        return {
            "credentials": account.credentials,
            "permissions": sorted(account.permissions),
            "kind": account.kind,
            "balances": {asset: plain(ledger.balance(alias, asset)) for asset in ledger.assets(alias)},
            "following": [follow.leader.id for follow in world.copying.following(alias)],
            "positions": [_position(position) for position in world.book.open_positions(alias)],
        }

    async def _requests(self, _: Any) -> object:
        return [
            {
                "method": request.method,
                "raw_path": request.raw_path,
                "headers": dict(request.headers),
                "body": request.body.decode(errors="replace"),
                "at": request.at,
            }
            for request in self._received
        ]

    async def _executions(self, _: Any) -> object:
        return [
            {
                **asdict(done),
                "parameters": {name: _jsonable(value) for name, value in done.parameters.items()},
            }
            for done in self._emulator.executions
        ]

    async def _fidelity(self, _: Any) -> object:
        return self._emulator.fidelity()

    async def _advance(self, wish: Any) -> object:
        await self._let_pass(int(wish["seconds"]))
        return {"now_ms": self._world.clock.now_ms()}

    async def _price(self, wish: Any) -> object:
        market = self._world.market
        market.set_price(wish["coin"], Decimal(wish["price"]))
        return {"price": plain(market.price(wish["coin"]))}

    async def _fault(self, wish: Any) -> object:
        then = tuple(Fault(**later) for later in wish.get("then", ()))
        self._planned.add(Fault(**{**wish, "then": then}))
        return {"planned": len(self._planned)}

    async def _no_faults(self, _: Any) -> object:
        self._planned.clear()
        return {"planned": 0}

    async def _lag(self, wish: Any) -> object:
        self._acting.lag = float(wish["seconds"])
        return {"seconds": self._acting.lag}


def _names(actions: dict[tuple[str, str], Action]) -> list[str]:
    return [f"{method} {PREFIX}{name}" for method, name in actions]


def _jsonable(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value


def _position(position: Position) -> dict[str, str | None]:
    return {
        "id": position.id,
        "coin": position.coin,
        "side": position.side,
        "size": plain(position.size),
        "entry": plain(position.entry),
        "leverage": plain(position.leverage),
        "leader": position.leader,
    }
