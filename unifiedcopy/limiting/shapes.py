"""The windows that the requests of an API's endpoints pass: the same for every account, and made once for all."""

from __future__ import annotations

from typing import NamedTuple

from ..schema.model import Limit, Schema


class Shape(NamedTuple):
    """A window, but for whose it is."""

    limit: Limit
    suffix: str
    """What its key has after the owner's."""
    reads: int
    """What reads may use of it; the rest is for writes."""
    seconds: float
    """The limit's, and a little: clocks differ by less than a thousandth, and venues count milliseconds."""


class Shapes:
    """Of one API."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._passed: dict[str, tuple[Shape, ...]] = {}
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
