"""``unifiedcopy sandbox``: the venues on this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
import shlex
import signal
from contextlib import suppress
from typing import Annotated

import typer

from ..errors import ConfigError
from ..registry import default_apis
from ..sandbox import Sandbox, VenueServer, known_venues
from ..schema.structure import suggestion
from .accounts import variables
from .exits import Exit
from .options import command
from .output import Output

STEP = 60
"""The market moves by the minute."""


def register(app: typer.Typer) -> None:
    """Adds the command."""
    command(app, "sandbox")(sandbox)


async def sandbox(
    out: Output,
    venue: Annotated[list[str] | None, typer.Option(help="Only this one; repeatable.")] = None,
    port_base: Annotated[int, typer.Option(min=0, max=65_000, help="First port; 0 takes any free ones.")] = 8801,
    speed: Annotated[int, typer.Option(min=0, help="Market seconds in a second; 0 stands still.")] = 60,
    seed: Annotated[int, typer.Option(help="The same seed makes the same prices, leaders and keys.")] = 7,
) -> Exit:
    """Serve venues on loopback, with ready-made test accounts, until Ctrl-C.

    Prints each address and the credentials as environment variables. Nothing here is worth anything: point any
    client at it by its base URL. POST /__sandbox__/advance lets more time pass.
    """
    known = known_venues()
    for name in venue or ():
        if name not in known:
            raise ConfigError(f"no sandbox for {name!r}; {suggestion(name, known)}")
    stopped = _stop_signal()
    try:
        async with Sandbox(seed, venue or known, port=port_base) as box:
            _announce(out, box)
            await _until(stopped, box, speed)
    except OSError as error:
        reason = error.strerror or "it is taken"
        raise ConfigError(f"can't listen on port {port_base} and up ({reason}); choose another: --port-base") from None
    return Exit.OK


def _announce(out: Output, box: Sandbox) -> None:
    servers = {name: box[name] for name in box}
    if out.as_json:
        out.document(
            "sandbox",
            venues={
                name: {
                    "url": server.url,
                    "accounts": {alias: account.credentials for alias, account in server.accounts.items()},
                }
                for name, server in servers.items()
            },
        )
    else:
        for name, server in servers.items():
            out.show("\n".join(_lines(name, server)))
    out.stdout.file.flush()
    out.say("serving; Ctrl-C ends it", "dim")


def _lines(venue: str, server: VenueServer) -> list[str]:
    """Address and credentials of a venue, fit for a shell."""
    alias, account = next(iter(server.accounts.items()))
    names = variables(venue)
    exports = [f"export {names[key]}={shlex.quote(value)}" for key, value in account.credentials.items()]
    usage = [f"# unifiedcopy positions --venue {venue} --base-url {server.url}"] if venue in default_apis() else []
    return [f"# {venue} at {server.url}, account {alias}", *exports, *usage, ""]


def _stop_signal() -> asyncio.Event:
    """Set by Ctrl-C or a termination: here they are the ordinary end."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt
            loop.add_signal_handler(number, stopped.set)
    return stopped


async def _until(stopped: asyncio.Event, box: Sandbox, speed: int) -> None:
    """Lets the market live until it is stopped."""
    pause = max(1.0, STEP / speed) if speed else None
    while not stopped.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), pause)
        if speed and pause and not stopped.is_set():
            _live(box, round(speed * pause))


def _live(box: Sandbox, seconds: int) -> None:
    """Prices move and leaders trade; the venues' clock stays right, so that clients' signatures stay valid."""
    box.market.step(seconds)
    for name in box:
        box[name].world.step(seconds)
