'''The base of an emulator: routes, keys, limits, errors. This docstring tells how to write one.

An emulator is the class ``Emulator`` of the package ``unifiedcopy/exchanges/<id>/sandbox/`` (in a checkout:
``exchanges/<id>/sandbox/``), and is found there by itself. Of how many modules it is made is its own affair: one
for what stands before every handler, one for each thing that the venue serves. It is written from the venue's
documents, never from the schema files::

    class Emulator(VenueEmulator):
        """Where the facts come from."""

        venue = "acme"
        per_key = Limit("read", 10, 1)                    # 10 requests per rolling second and key

        def populate(self) -> None:                       # accounts, leaders, positions; once, at the start
            self.world.open_account("main", kind="COPY", deposit=Decimal(1000))
            leader = self.world.add_leader("123", "Ada")
            follow = self.world.copying.follow("main", leader, CopySettings(), invest=Decimal(100))
            self.world.copying.lead_open(leader, "BTC", "long")

        def authenticate(self, request: Request, route: Route) -> SandboxAccount:
            ...                                           # or raise Refusal(self.error(CODE))

        def authorize(self, account: SandboxAccount, route: Route) -> None:
            ...                                           # read-only key on a write, wrong kind of account

        def envelope(self, result: object) -> Answer:     # around what a handler returns
            return Answer.json({"code": 0, "data": result})

        def error(self, code: int | str, message: str | None = None) -> Answer:
            ...                                           # the venue's own error answer

        @route("GET", "/api/positions", limits=(per_key,), fidelity="documented", note="docs, page Positions")
        def positions(self, call: Call) -> object:
            return [self.row(p) for p in self.world.book.open_positions(call.alias)]

        @route("DELETE", "/api/leaders/{leader_id}", write=True, fidelity="guessed", note="which HTTP status")
        def unfollow(self, call: Call) -> object:
            ...

Rules:

* A handler is synchronous, so each request is atomic. It returns plain JSON values or a finished `Answer`.
  Amounts leave it as text (`plain`, `fixed`); a `Decimal` in an answer is an error on purpose.
* ``write=True`` puts the call into ``executions`` when the handler returns. A write that changes nothing must
  raise `Refusal`, or it counts.
* State is the engine's: ``self.world`` has ``book`` (positions), ``copying`` (leaders, follows), ``ledger``,
  ``market``, ``accounts``. What one venue alone needs goes into ``extra`` of `Position`, `Follow`, `Leader`.
* An account that leads is made in ``populate``, with followers and a past in which totals are sums of details::

      lead = self.world.let_lead("leader", "124", "Bo", followers=6, former=2)    # spot=True: buys and sells coins
      lead.open("BTC", "long")                             # by the coin's rule; the followers get copies

  A handler asks ``self.world.lead(call.alias)``, and None is the venue's "not a leader". Of a `Lead` it shows
  ``positions``, ``history``, ``followers``, ``former``, ``rules``, ``shares`` (paid), ``pending``, and of its
  ``leader`` the figures; it changes them by ``open``, ``remove``, ``set_rule``, ``drop_rule``, by
  ``book.close(position)`` (the copies close along), by a position's ``take_profit`` and ``stop_loss``, and by
  ``open_to_follow``, ``share``, ``follower_limit`` of the leader. `sums` adds shares up by day, asset or
  follower. Any account can follow the leader and is a follower then, like the invented ones.
* Spot copying is ``world.spot``: leaders added with ``spot=True``, coins held as longs without leverage.
  ``position.leader in self.world.spot.leaders`` tells spot copies from others.
* ``seed_positions`` and ``seed_history`` fill an account for tests; override them where copies are not it.
* Switches that tests need go into a subclass of `Options`, named by ``options_type``.
* Say on each route whether its behaviour is ``documented`` or ``guessed``, and what exactly is guessed: that
  table is what ``GET /__sandbox__/fidelity`` shows.
* Order of checks: IP limits, route, `authenticate`, limits of the key, `authorize`, handler.
'''

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar
from urllib.parse import unquote

from .accounts import SandboxAccount
from .limits import Limit, Limiter, Usage
from .wire import Answer, Refusal, Request
from .world import World

Fidelity = Literal["documented", "guessed"]
Handler = TypeVar("Handler", bound=Callable[[Any, Any], object])


@dataclass
class Options:
    """Switches of every emulator. Change them at any time, also while requests come in."""

    limit_factor: int = 1
    """Stretches all rate limits; 0 switches them off."""


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint of the venue."""

    method: str
    path: str
    operation: str
    """Name of the handler; ``executions`` and the fidelity table use it."""
    public: bool
    write: bool
    limits: tuple[Limit, ...]
    fidelity: Fidelity
    note: str
    pattern: re.Pattern[str]


def route(
    method: str,
    path: str,
    *,
    public: bool = False,
    write: bool = False,
    limits: tuple[Limit, ...] = (),
    fidelity: Fidelity = "documented",
    note: str = "",
) -> Callable[[Handler], Handler]:
    """Serve an endpoint with the decorated method; ``{name}`` in the path matches one segment."""
    pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))

    def mark(handler: Handler) -> Handler:
        served = Route(method, path, handler.__name__, public, write, limits, fidelity, note, pattern)
        vars(handler).setdefault("routes", []).append(served)
        return handler

    return mark


@dataclass(frozen=True, slots=True)
class Call:
    """A request on its way to a handler: authenticated, within its limits, its route known."""

    request: Request
    route: Route
    account: SandboxAccount | None
    path: Mapping[str, str]
    """Values of the ``{name}`` segments, decoded."""

    @property
    def alias(self) -> str:
        """Alias of the account; a public call has none."""
        if self.account is None:
            raise LookupError(f"{self.route.operation} is public")
        return self.account.alias

    @property
    def query(self) -> dict[str, str]:
        return self.request.query

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object of the body; empty when there is none."""
        found = self.request.json
        return found if isinstance(found, dict) else {}

    @property
    def parameters(self) -> dict[str, Any]:
        """Everything that was asked: path, query, body."""
        return {**self.path, **self.query, **self.body}


@dataclass(frozen=True, slots=True)
class Execution:
    """A write that the venue has carried out."""

    operation: str
    account: str
    parameters: dict[str, Any]
    at: int


class VenueEmulator(ABC):
    """One venue. Subclasses say what is in the docstring of this module."""

    venue: ClassVar[str] = ""
    options_type: ClassVar[type[Options]] = Options
    ip_limits: ClassVar[tuple[Limit, ...]] = ()
    """Hold for every request, signed or not."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.options = self.options_type()
        self.limiter = Limiter()
        self.executions: list[Execution] = []
        self.mistaken_for = ""
        """Alias of the account that whoever asks is taken for; set by a fault."""
        self.blind_to = ""
        """Name of a parameter of the query that is not looked at; set by a fault."""
        self.routes = list(self.declared())
        self.populate()

    # What a venue says

    @abstractmethod
    def populate(self) -> None:
        """Create accounts, leaders, relations, positions."""

    @abstractmethod
    def authenticate(self, request: Request, route: Route) -> SandboxAccount:
        """Whose request it is; raises `Refusal`."""

    @abstractmethod
    def authorize(self, account: SandboxAccount, route: Route) -> None:
        """Whether the key may do it; raises `Refusal`."""

    def envelope(self, result: object) -> Answer:
        """The answer around what a handler returns."""
        return Answer.json(result)

    @abstractmethod
    def error(self, code: int | str, message: str | None = None) -> Answer:
        """The venue's answer for one of its error codes."""

    def not_found(self, request: Request) -> Answer:
        """The answer for a path that the venue doesn't have."""
        return Answer.text("Not Found", 404)

    def limit_exceeded(self, usage: Usage) -> Answer:
        """The answer to a request too many."""
        return Answer.text("Too Many Requests", 429)

    def limit_headers(self, usage: Usage) -> Mapping[str, str]:
        """Headers that tell a signed request how much of its limit is left."""
        return {}

    def seed_positions(self, count: int, account: str = "main") -> None:
        """Let the account hold at least ``count`` open positions."""
        self.world.seed_copies(account, count)

    def seed_history(self, count: int, account: str = "main") -> None:
        """Add ``count`` closed positions."""
        self.world.seed_history(account, count)

    # What the engine does

    def refuse(self, code: int | str, message: str | None = None) -> Refusal:
        """``raise self.refuse(code)`` answers with the venue's error."""
        return Refusal(self.error(code, message))

    def writes(self, request: Request) -> bool:
        """Whether the request would change anything."""
        try:
            return self._route(request)[0].write
        except Refusal:
            return False

    def answer(self, request: Request) -> Answer:
        """Carry a request out, from the limits to the envelope."""
        try:
            for limit in self.ip_limits:
                self._count(limit, request.peer, request.at)
            served, path = self._route(request)
            account = None if served.public else self.authenticate(request, served)
        except Refusal as refusal:
            return refusal.answer
        if account and self.mistaken_for:
            account = self.world.accounts[self.mistaken_for]
        return self._carry_out(Call(request.without(self.blind_to), served, account, path))

    def fidelity(self) -> list[dict[str, str]]:
        """How far each endpoint can be trusted."""
        return [
            {
                "method": served.method,
                "path": served.path,
                "operation": served.operation,
                "fidelity": served.fidelity,
                "note": served.note,
            }
            for served in self.routes
        ]

    def _carry_out(self, call: Call) -> Answer:
        headers: Mapping[str, str] = {}
        who = call.account.uid if call.account else call.request.peer
        try:
            for limit in call.route.limits:
                usage = self._count(limit, call.request.peer if limit.per == "ip" else who, call.request.at)
                if usage and call.account:
                    headers = self.limit_headers(usage)
            if call.account:
                self.authorize(call.account, call.route)
            result = getattr(self, call.route.operation)(call)
        except Refusal as refusal:
            return refusal.answer.with_headers(headers)
        if call.route.write:
            self.executions.append(Execution(call.route.operation, call.alias, call.parameters, call.request.at))
        answer = result if isinstance(result, Answer) else self.envelope(result)
        return answer.with_headers(headers)

    def _count(self, limit: Limit, who: str, now_ms: int) -> Usage | None:
        if not self.options.limit_factor:
            return None
        usage = self.limiter.hit(limit, who, now_ms, factor=self.options.limit_factor)
        if usage.exceeded:
            raise Refusal(self.limit_exceeded(usage).with_headers(self.limit_headers(usage)))
        return usage

    def _route(self, request: Request) -> tuple[Route, dict[str, str]]:
        for served in self.routes:
            found = served.pattern.fullmatch(request.path)
            if found and served.method == request.method:
                return served, {name: unquote(value) for name, value in found.groupdict().items()}
        raise Refusal(self.not_found(request))

    @classmethod
    def declared(cls) -> Iterator[Route]:
        """Every route of the class."""
        for name in dir(cls):
            yield from getattr(getattr(cls, name), "routes", ())


def hmac_hex(secret: str, text: str | bytes) -> str:
    """HMAC-SHA256 in lower-case hex."""
    data = text.encode() if isinstance(text, str) else text
    return hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()


def hmac_base64(secret: str, text: str | bytes) -> str:
    """HMAC-SHA256 in base64."""
    data = text.encode() if isinstance(text, str) else text
    return base64.b64encode(hmac.new(secret.encode(), data, hashlib.sha256).digest()).decode()


def same(a: str, b: str) -> bool:
    """Whether two signatures are equal, in constant time."""
    return hmac.compare_digest(a.encode(), b.encode())
