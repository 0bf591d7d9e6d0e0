"""Injection: hostile text in every parameter of every endpoint; what goes out is compared with the route that is meant.

Texts of ``../ %2e%2e @ \\ ? # & = ; CR LF NUL``, of right-to-left marks, look-alikes, lone surrogates and any other
character, alone and behind a value that fits, are passed as every parameter of every endpoint of every schema (by
``call``, in rows too), as names of parameters, and as every text that the verbs take. The signed request is read as a
server reads it: split at the first ``?``, at ``&``, at ``/``, then decoded. For each text either nothing is sent, with
an error of the library that says so, or

* the method is the endpoint's, and the path has its parts, with the value whole in the one that it belongs to;
* the names in the query and in the body are those that were meant, each once, and those of the signature;
* the value arrives as it was passed;
* nothing that divides a request (a space, a control character, ``#``) stands in its first line or in a header.

A part of the texts goes over real sockets to the sandbox, which tells what it received.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
import warnings
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple
from urllib.parse import unquote

from yarl import URL

from tests.proof.fitting import fitting, required
from unifiedcopy import errors
from unifiedcopy.connection import Connection
from unifiedcopy.driven import DrivenExchange
from unifiedcopy.models import FixedAmount, FollowSettings, Position, Price
from unifiedcopy.request import Request
from unifiedcopy.roundtrip import Deadlines
from unifiedcopy.safety.protocol import Safety
from unifiedcopy.sandbox import Sandbox
from unifiedcopy.schema import Api, load_schema, schema_ids
from unifiedcopy.schema.model import as_param
from unifiedcopy.schema.runtime import exact
from unifiedcopy.secret import Credentials

STRINGS, SEED, SHOWN, ON_SOCKETS = 1_000_000, 1, 20, 500
HOST = "https://venue.invalid"
PIECES = (
    "../", "..", "/..", "./", "/", "//", "%2e%2e", "%2E%2E%2F", "%2f", "%252e", "%00", "%0d%0a", "@", "\\", "..\\", "?",
    "#", "&", "=", ";", ":", "+", " ", "%", "%zz", "\r\n", "\n", "\r", "\t", "\x00", "\x7f", "\u2028", "\u202e",
    "\u200b",
    "\ufeff", "\ud800", "\u2024\u2024", "\uff0f", "\u2215", "\uff1f", "\uff06", "\u0661", "\u00e9", "\U0001f600", "{",
    "}",
    "{leader}", "{signature}", "{api_key}", "[", "]", '"', "'", "<", ">", "|", "`", "$(id)", "a", "Z", "0", "1", "-",
    "_",
    "&symbol=ETHUSDT", "?x=1", "#x", "@evil.example", "//evil.example/", "https://evil.example", "null", "true", "NaN",
    "Infinity", "1e9", "-1", "0x10", "1_000", " HTTP/1.1\r\nX: y",
)  # fmt: skip


class Sent(Exception):
    """Instead of an answer: what would have gone out."""

    def __init__(self, request: Request, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        self.request, self.method, self.target, self.headers, self.body = request, method, target, headers, body


class Stopped(Connection):
    """A connection that signs, makes the address as the transport does, and sends nothing."""

    def __init__(self, api: Api) -> None:
        super().__init__(api, Credentials("the-key", "the-secret", "the-phrase"), HOST, Deadlines())

    async def ask(self, request: Request, parse: Any, leaving: Any = None) -> Any:
        signed = self.sign(request)
        url = URL(self.origin + signed.target, encoded=True)
        if f"{url.scheme}://{url.raw_authority}" != HOST:
            raise AssertionError(f"the address left the host: {url}")
        raise Sent(request, signed.method, url.raw_path_qs, signed.headers, signed.body)


class Trial(NamedTuple):
    """One text in one place."""

    place: str
    text: Any
    call: Callable[[], Awaitable[Any]]
    value: tuple[str, str] | None = None
    """Endpoint and parameter that the text is meant for."""


def hostile(random: Random, near: str = "") -> str:
    """A hostile text; ``near`` is a value that fits, to begin with now and then."""
    kind = random.random()
    if kind < 0.1:
        return "".join(chr(random.randrange(0x110000)) for _ in range(random.randrange(1, 8)))
    text = "".join(random.choice(PIECES) for _ in range(random.randrange(1, 6)))
    if kind < 0.4:
        return near + text
    if kind < 0.5:
        return text + near
    return text * random.randrange(50, 1500) if kind > 0.999 else text


async def _unlogged(intent: Any, send: Any, admit: Any = None) -> tuple[str, Any, None]:
    """A write without its log, which would refuse the second of two equal ones."""
    return "", await send(lambda: None), None


class Target:
    """The places of one schema where a text goes in."""

    def __init__(self, api: Api, connection: Connection) -> None:
        self.api = api
        alone = Safety(read_back=False)
        self.ex = DrivenExchange(api, connection, alias=None, write=True, convert=False, safety=alone)
        self.ex._core.writes.carry_out = _unlogged  # type: ignore[method-assign]
        self.endpoints = {name: required(api.schema, name) for name in api.schema.endpoints}
        self.parameters = [(name, key) for name, spec in api.schema.endpoints.items() for key in spec.params]
        self.verbs = list(self._verbs())
        self.fitting = {key: fitting(api.schema, api.schema.endpoints[key[0]], key[1]) for key in self.parameters}

    def raw(self, name: str, key: str, random: Random) -> Trial:
        """A hostile text as one parameter of an endpoint."""
        near = self.fitting[name, key]
        return self.with_text(name, key, hostile(random, near if isinstance(near, str) else ""))

    def with_text(self, name: str, key: str, text: Any) -> Trial:
        """A text as one parameter of an endpoint, the others as they fit."""
        param = as_param(self.api.schema.endpoints[name].params[key])
        values = dict(self.endpoints[name])
        listed, in_row, last = key.rpartition("[].")
        text = [text] if param.type == "list" and len(text) % 8 else text
        if in_row:
            values[listed] = [{**row, last: text} for row in self.fitting[name, listed]]
        else:
            values[key] = text
        value = (name, key) if not in_row and param.type == "text" else None
        return Trial(f"{name} {key}", text, lambda: self.ex.call(name, **values), value)

    def name(self, name: str, random: Random) -> Trial:
        """A text as the name of a parameter."""
        text = hostile(random)
        values = {**self.endpoints[name], text: "1"}
        return Trial(f"{name} (name)", text, lambda: self.ex.call(name, **values))

    def verb(self, index: int, random: Random) -> Trial:
        """A text as what a verb takes."""
        label, call = self.verbs[index]
        text = hostile(random, random.choice(("1", "BTC/USDT:USDT", "abc123")))
        return Trial(label, text, lambda: call(text))

    def _verbs(self) -> Iterator[tuple[str, Callable[[str], Awaitable[Any]]]]:
        ex, settings, price = self.ex, FollowSettings(sizing=FixedAmount("50")), Price("70000")
        known = next(iter(self.api.symbols.venue_symbol(text) for text in ("BTC/USDT:USDT", "BTC/USDT")), None)
        symbol = known.venue_symbol if known else "BTCUSDT"

        def at(role: Any = "follower", **more: Any) -> Position:
            plain = Position(self.api.schema.id, None, "1", None, symbol, "long", exact("1"), "base", role=role)
            return Position(**{**{name: getattr(plain, name) for name in plain.__struct_fields__}, **more})

        yield "leader", ex.leader
        yield "leader_positions", ex.leader_positions
        yield "leader_positions symbol", lambda text: ex.leader_positions("1", symbol=text)
        yield "leader_history", ex.leader_history
        yield "leader_followers", ex.leader_followers
        yield "follow_settings", ex.follow_settings
        yield "follow", lambda text: ex.follow(text, settings)
        yield "follow symbols", lambda text: ex.follow("1", FollowSettings(sizing=FixedAmount("50"), symbols=(text,)))
        yield "follow params", lambda text: ex.follow("1", settings, params={text: text})
        yield "unfollow", ex.unfollow
        yield "positions symbol", lambda text: ex.positions(symbol=text)
        yield "positions leader", lambda text: ex.positions(leader=text)
        yield "positions market", lambda text: ex.positions(market=text)
        yield "positions params", lambda text: ex.positions(params={text: "1"})
        yield "closed_positions symbol", lambda text: ex.closed_positions(symbol=text)
        yield "list_leaders name", lambda text: ex.list_leaders(name=text)
        yield "list_leaders sort", lambda text: ex.list_leaders(sort=text)
        yield "set_tpsl id", lambda text: ex.set_tpsl(at(id=text), take_profit=price)
        yield "set_tpsl symbol", lambda text: ex.set_tpsl(at(venue_symbol=text), take_profit=price)
        yield (
            "set_tpsl leader",
            lambda text: ex.set_tpsl(at(leader_id=text, id=f"{text}:{symbol}:1"), take_profit=price),
        )
        yield "close_position id", lambda text: ex.close_position(at(id=text))
        yield "close_all_positions", lambda text: ex.close_all_positions(symbol=text)
        yield "copy_limits", lambda text: ex.copy_limits(leader=text)
        yield "lead.positions", lambda text: ex.lead.positions(symbol=text)
        yield "lead.set_tpsl", lambda text: ex.lead.set_tpsl(at(role="lead", id=text), take_profit=price)
        yield "lead.remove_follower", ex.lead.remove_follower
        yield "lead.set_symbols", lambda text: ex.lead.set_symbols([text], how="add")
        yield "call", ex.call

    def trial(self, number: int, random: Random) -> Trial:
        """Nine texts of ten as parameters, each in its turn; the rest as names and in verbs."""
        if number % 10 == 0:
            return self.verb(number // 10 % len(self.verbs), random)
        if number % 50 == 1:
            return self.name(random.choice(list(self.endpoints)), random)
        return self.raw(*self.parameters[number % len(self.parameters)], random)


# -- what went out ----------------------------------------------------------------------------------------------------


def fault(api: Api, trial: Trial, sent: Sent) -> str | None:
    """What is wrong with a request that went out; None when it is the one that was meant."""
    spec = api.schema.endpoints[sent.request.endpoint]
    signing = api.schema.signing.get(spec.sign)
    own = set(signing.query) if signing is not None else set()
    path, _, query = sent.target.partition("?")
    if any(ord(char) <= 0x20 or ord(char) >= 0x7F or char == "#" for char in sent.target):
        return f"the target is no target: {sent.target!r}"
    if any(char in value for value in sent.headers.values() for char in "\r\n\x00"):
        return "a header is divided"
    if sent.method != spec.method:
        return f"method {sent.method}"
    if (wrong := _path_fault(spec.path, path, sent.request.sent)) is not None:
        return wrong
    placed = {key for key in sent.request.sent if f"{{{key}}}" in spec.path}
    pairs = [pair.partition("=")[::2] for pair in query.split("&")] if query else []
    names = [unquote(name) for name, _ in pairs]
    body = json.loads(sent.body) if sent.body else {}
    if len(set(names)) != len(names) or set(names) & set(body):
        return f"a parameter stands twice: {names} {list(body)}"
    if {*names, *body} - own != set(sent.request.sent) - placed:
        return f"parameters {sorted({*names, *body})}, not {sorted(sent.request.sent)}"
    return _value_fault(api, trial, sent, {unquote(name): value for name, value in pairs}, body)


def _path_fault(template: str, path: str, values: dict[str, Any]) -> str | None:
    meant, got = template.split("/"), path.split("/")
    if len(meant) != len(got):
        return f"path {path}"
    for part, told in zip(meant, got, strict=True):
        expected = str(values[part[1:-1]]) if part.startswith("{") else part
        if unquote(told, errors="strict") != expected or told in (".", ".."):
            return f"path {path}"
    return None


def _value_fault(api: Api, trial: Trial, sent: Sent, query: dict[str, str], body: dict[str, Any]) -> str | None:
    """Whether the text arrived as something else."""
    if trial.value is None or trial.value[0] != sent.request.endpoint:
        return None
    name, key = trial.value
    spec = api.schema.endpoints[name]
    raw = query.get(key)
    got = body.get(key) if raw is None else unquote(raw, errors="strict")
    encoded = spec.paging is not None and spec.paging.encoded and key == spec.paging.param
    if f"{{{key}}}" in spec.path or got == trial.text or (encoded and raw == trial.text) or trial.text in ("", "null"):
        return None
    return f"{key} arrived as {got!r}"


# -- runs -------------------------------------------------------------------------------------------------------------


@dataclass
class Figures:
    strings: int = 0
    sent: int = 0
    places: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        bound = f"; 95 % upper bound {3 / self.strings:.1e} of strings" if self.strings and not self.faults else ""
        return (
            f"{self.strings:,} hostile strings in {self.places:,} places: {self.strings - self.sent:,} refused before "
            f"anything was sent, {self.sent:,} sent as one value; "
            f"{len(self.faults)} different routes or parameters{bound}"
        )

    def judge(self, api: Api, trial: Trial, sent: Sent) -> None:
        self.sent += 1
        if (wrong := fault(api, trial, sent)) is not None:
            self.faults.append(f"{api.schema.id} {trial.place} = {trial.text!r}: {wrong}")

    def refused(self, api: Api, trial: Trial, error: Exception) -> None:
        if not isinstance(error, errors.UnifiedCopyError) or error.outcome != "not_sent":
            self.faults.append(f"{api.schema.id} {trial.place} = {trial.text!r}: {type(error).__name__}: {error}")


async def run(count: int, seed: int) -> Figures:
    """So many texts, spread over all schemas."""
    figures, random = Figures(), Random(seed)
    targets = [Target(api, Stopped(api)) for api in map(load_schema, schema_ids())]
    figures.places = sum(len(target.parameters) + len(target.verbs) for target in targets)
    total = sum(len(target.parameters) for target in targets)
    for target in targets:
        for number in range(max(1, count * len(target.parameters) // total)):
            await one(figures, target.api, target.trial(number, random))
    return figures


async def one(figures: Figures, api: Api, trial: Trial) -> None:
    """A text, to the point where it would leave."""
    figures.strings += 1
    try:
        await trial.call()
        figures.faults.append(f"{api.schema.id} {trial.place} = {trial.text!r}: done without a request")
    except Sent as sent:
        figures.judge(api, trial, sent)
    except Exception as error:
        figures.refused(api, trial, error)


class Unhurried(Connection):
    """A connection that sends at once and once, and says what it sent."""

    last: Request

    async def ask(self, request: Request, parse: Any, leaving: Any = None) -> Any:
        self.last = request
        return parse(await self.transport.send(request.endpoint, self.sign(request), writes=leaving is not None))


async def on_sockets(count: int, seed: int) -> Figures:
    """Texts over real sockets: what the sandbox received is compared."""
    figures, random = Figures(), Random(seed)
    async with Sandbox(seed=7) as box:
        for schema_id in schema_ids():
            venue = schema_id.partition("/")[0]
            if venue not in set(box):
                continue
            server, api = box[venue], load_schema(schema_id)
            server.options.limit_factor = 0
            keys = Credentials(**server.accounts["main"].credentials)
            connection = Unhurried(api, keys, server.url, Deadlines())
            target = Target(api, connection)
            figures.places += len(target.parameters)
            for number in range(count):
                await _on_socket(figures, target, connection, server, random, number)
            await connection.close()
    return figures


async def _on_socket(
    figures: Figures, target: Target, connection: Unhurried, server: Any, random: Random, number: int
) -> None:
    trial = target.raw(*target.parameters[number % len(target.parameters)], random)
    before = len(server.requests)
    figures.strings += 1
    try:
        await trial.call()
    except errors.UnifiedCopyError as error:
        if len(server.requests) == before:
            figures.refused(target.api, trial, error)
            return
    received = server.requests[before:]
    if len(received) != 1:
        figures.faults.append(f"{target.api.schema.id} {trial.place} = {trial.text!r}: {len(received)} requests")
        return
    (got,) = received
    sent = Sent(connection.last, got.method, got.raw_path, dict(got.headers), got.body)
    figures.judge(target.api, trial, sent)


def main(arguments: list[str] | None = None) -> int:
    """0 when every text was refused or arrived as the one value that it was."""
    parser = argparse.ArgumentParser("python -m tests.proof.strings", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--strings", type=int, default=STRINGS, metavar="N", help=f"texts in all ({STRINGS:,})")
    parser.add_argument("--on-sockets", type=int, default=ON_SOCKETS, metavar="N", help=f"of each API ({ON_SOCKETS})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"the same seed, the same texts ({SEED})")
    parser.add_argument("--shown", type=int, default=SHOWN, metavar="N", help="faults to print")
    asked = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    runs = {
        "built": lambda: asyncio.run(run(asked.strings, asked.seed)),
        "received by the sandbox": lambda: asyncio.run(on_sockets(asked.on_sockets, asked.seed)),
    }
    faults = 0
    for label, work in runs.items():
        began = time.monotonic()
        figures = work()
        faults += len(figures.faults)
        for wrong in figures.faults[: asked.shown]:
            sys.stdout.write(f"{wrong}\n")
        sys.stdout.write(f"{label}: {figures} (seed {asked.seed}, {time.monotonic() - began:.0f} s)\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
