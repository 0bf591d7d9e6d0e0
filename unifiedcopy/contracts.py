"""What a contract is: sizes in contracts become coins, or quote money where a contract is worth so much of it.

The venue's list of instruments tells; it is read once an hour for each address.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

import msgspec

from . import errors
from .connection import Connection
from .models import Position, SizeUnit
from .request import build
from .schema import Api
from .schema.envelope import Question
from .schema.expressions import as_field
from .schema.model import Contracts as Source
from .schema.model import Endpoint
from .schema.paths import at
from .schema.runtime import CONTEXT, amount
from .transport import Reply

T = TypeVar("T")
Convert = Callable[[T], T]
FRESH = 3600.0
"""Seconds for which a list of instruments is good."""
_SIZES = ("size", "min_size", "max_size")
_lists: dict[tuple[tuple[str, bool], str], tuple[float, Mapping[str, Contract]]] = {}


class Contract(NamedTuple):
    """One contract of a symbol."""

    value: Decimal
    currency: str


class Contracts:
    """The contracts of one API at one address."""

    __slots__ = ("api", "connection")

    def __init__(self, api: Api, connection: Connection) -> None:
        self.api, self.connection = api, connection

    async def converter(self, endpoint: Endpoint) -> Convert[Any] | None:
        """What turns the rows of an endpoint; None where its sizes are no contracts."""
        field = endpoint.fields.get("size", endpoint.fields.get("min_size"))
        source = self.api.schema.contracts
        if source is None or field is None or as_field(field).unit != "contract":
            return None
        contracts = await self._known(source)
        return lambda item: _converted(item, contracts.get(item.venue_symbol))

    async def in_contracts(self, position: Position) -> Decimal:
        """The size of a position as the venue counts it.

        Raises:
            BadRequest: it is no number of contracts, or the venue doesn't list the symbol.
        """
        source = self.api.schema.contracts
        if position.size_unit == "contract" or source is None:
            return position.size
        contract = (await self._known(source)).get(position.venue_symbol)
        if contract is None:
            raise errors.BadRequest(
                f"the venue lists no {position.venue_symbol}, so its size in contracts is not known",
                exchange=self.api.schema.id,
            )
        try:
            return CONTEXT.divide(position.size, contract.value)
        except ArithmeticError:
            raise errors.BadRequest(
                f"size: {position.size:f} is no number of contracts of {contract.value:f} {contract.currency}",
                exchange=self.api.schema.id,
            ) from None

    async def _known(self, source: Source) -> Mapping[str, Contract]:
        key = (self.connection.network, self.api.schema.id)
        read_at, contracts = _lists.get(key, (0.0, {}))
        if not contracts or time.monotonic() - read_at > FRESH:
            contracts = await self._read(source)
            _lists[key] = (time.monotonic(), contracts)
        return contracts

    async def _read(self, source: Source) -> Mapping[str, Contract]:
        endpoint = self.api.schema.endpoints[source.endpoint]

        def parse(reply: Reply) -> Mapping[str, Contract]:
            question = Question(at=reply.asked_at)
            answer = self.api.verdict.check(source.endpoint, endpoint, reply.body, reply.status, question)
            return {symbol: contract for symbol, contract in _listed(source, answer) if contract is not None}

        contracts = await self.connection.ask(build(self.api.schema.id, source.endpoint, endpoint, {}), parse)
        if not contracts:
            raise errors.BadResponse(
                "the venue lists no instruments", exchange=self.api.schema.id, endpoint=source.endpoint
            )
        return contracts


def _listed(source: Source, answer: Any) -> list[tuple[str, Contract | None]]:
    rows = at(answer, source.rows)
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [(str(at(row, source.symbol)), _contract(at(row, source.value), at(row, source.currency))) for row in found]


def _contract(value: Any, currency: Any) -> Contract | None:
    """None where the venue leaves it open, as for instruments that are no contracts."""
    try:
        number = amount(value)
    except (ValueError, TypeError, ArithmeticError):
        return None
    return Contract(number, str(currency)) if number and number > 0 and currency else None


def _converted(item: Any, contract: Contract | None) -> Any:
    """A struct with its sizes in coins or quote money; one that isn't understood stays in contracts and says so."""
    unit = _unit(item.symbol, contract)
    if contract is None or unit is None or item.size_unit != "contract":
        return item
    sizes = {name: getattr(item, name, None) for name in _SIZES}
    scaled = {name: CONTEXT.multiply(size, contract.value) for name, size in sizes.items() if size is not None}
    return msgspec.structs.replace(item, size_unit=unit, **scaled)


def _unit(symbol: str | None, contract: Contract | None) -> SizeUnit | None:
    """What a contract counts: the symbol's coin or its quote currency."""
    if symbol is None or contract is None:
        return None
    base, _, rest = symbol.partition("/")
    units: dict[str, SizeUnit] = {rest.partition(":")[0]: "quote", base: "base"}
    return units.get(contract.currency)
