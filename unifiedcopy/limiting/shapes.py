"""The windows that the requests of an API's endpoints pass: the same for every account, and made once for all."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..schema.model import Limit, Schema

READS = " reads"
"""What the key of a window has at its end where only its reads are stopped."""
ACCOUNT, ADDRESS = 0, 1
"""Owners of windows."""
Kind = Literal["read", "hurried", "reserved"]
"""A read, what has the budget of writes, and what writes have to themselves: it is free also when nobody knows what
others use."""


class Shape(NamedTuple):
    """A window, but for whose it is."""

    limit: Limit
    suffix: str
    """What its key has after the owner's."""
    reads: int
    """What reads may use of it; the rest is for writes."""
    seconds: float
    """The limit's, and a little: clocks differ by less than a thousandth, and venues count milliseconds."""

    def most(self, kind: Kind, weight: int) -> int:
        """What the window may hold with a request of a weight."""
        if kind == "hurried":
            return self.limit.requests
        return max(self.reads if kind == "read" else self.limit.requests - self.reads, weight)


class Claim(NamedTuple):
    """What a request needs of a window, but for whose it is."""

    owner: int
    suffix: str
    most: int
    seconds: float
    weight: int


class Route(NamedTuple):
    """What the requests of an endpoint pass, but for whose it is."""

    claims: tuple[Claim, ...]
    stops: tuple[tuple[int, str], ...]
    """Owner and suffix."""


class Shapes:
    """Of one API."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._passed: dict[str, tuple[Shape, ...]] = {}
        self._routes: dict[tuple[str, Kind], Route] = {}
        limits = schema.limits.values()
        self.heard = frozenset(name for limit in limits for name in (limit.remaining, limit.reset) if name)
        """The headers that say how much of a window is left."""

    def passed(self, name: str) -> tuple[Shape, ...]:
        """By the requests of an endpoint."""
        shapes = self._passed.get(name)
        if shapes is None:
            shapes = tuple(self.of(limit, name) for limit in self._schema.endpoints[name].limits)
            self._passed[name] = shapes
        return shapes

    def route(self, name: str, kind: Kind) -> Route:
        """Of the requests of an endpoint."""
        route = self._routes.get((name, kind))
        if route is None:
            route = self._routes[name, kind] = Route(self._claims(name, kind), self._stops(name, kind))
        return route

    def _claims(self, name: str, kind: Kind) -> tuple[Claim, ...]:
        weight = self._schema.endpoints[name].weight
        return tuple(
            Claim(whose(shape.limit), shape.suffix, shape.most(kind, weight), shape.seconds, weight)
            for shape in self.passed(name)
        )

    def _stops(self, name: str, kind: Kind) -> tuple[tuple[int, str], ...]:
        shapes = self.passed(name)
        owners = [ADDRESS, *(whose(shape.limit) for shape in shapes)]
        if self._schema.endpoints[name].sign != "none":
            owners.append(ACCOUNT)
        stops = [*((owner, "") for owner in owners), *((whose(shape.limit), shape.suffix) for shape in shapes)]
        if kind == "read":
            stops += [(whose(shape.limit), shape.suffix + READS) for shape in shapes]
        return tuple(dict.fromkeys(stops))

    def of(self, limit_name: str, name: str) -> Shape:
        """The window of a limit for an endpoint."""
        endpoint, limit = self._schema.endpoints[name], self._schema.limits[limit_name]
        route = f" {endpoint.method} {endpoint.path}" if limit.per_endpoint else ""
        return Shape(limit, f" {limit_name}{route}", self._reads(limit_name), limit.seconds * 1.001 + 0.002)

    def _reads(self, name: str) -> int:
        """What reads may use of a limit: all of it where no write is counted with them."""
        limit = self._schema.limits[name]
        if limit.reads is not None:
            return limit.reads
        counted = [endpoint for endpoint in self._schema.endpoints.values() if name in endpoint.limits]
        if limit.per_endpoint or not any(endpoint.changes for endpoint in counted):
            return limit.requests
        return max(1, limit.requests - max(1, limit.requests // 10))


def whose(limit: Limit) -> int:
    """Whose windows a limit makes."""
    return ADDRESS if limit.scope == "ip" else ACCOUNT
