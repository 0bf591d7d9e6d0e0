"""Exchanges on loopback, to try and to test everything without a key and without money.

Real HTTP, one server per venue, only the base URL differs from the real thing::

    from unifiedcopy.sandbox import Fault, Sandbox

    async with Sandbox(seed=7, venues=["acme"]) as box:
        venue = box["acme"]
        async with uc.connect("acme", base_url=venue.url, **venue.accounts["main"].credentials) as ex:
            before = await ex.positions()
            await box.advance(seconds=3600)                     # leaders trade, copies open, move and close
            venue.faults.add(Fault("disconnect", method="POST", after_execution=True))
            ...
        assert len(venue.executions) == 1                       # writes that the venue has carried out

Each emulator is written from the venue's documents, independently of the schema files. It checks what the
venue checks (signature, clock, permissions, parameters, limits) and answers with the venue's own codes.
How to write one is told in `unifiedcopy.sandbox.venue`; how far to trust each endpoint is in its fidelity
table (``GET /__sandbox__/fidelity``, see `unifiedcopy.sandbox.control`).

The pieces: `box` (the whole), `server` (HTTP), `control` (HTTP control), `faults` (what goes wrong; how: `spoiling`,
`acting`, `delivery`), `venue` (base of an emulator), `parameters`, `wire` (requests and answers), `limits`; `world`
(one venue's state) made of `accounts` (keys, ledger), `positions`, `copying`, `leading` (accounts that lead);
`market` and `clock`, shared by all; `amounts` (exact arithmetic).
"""

from .accounts import Ledger, NotEnough, SandboxAccount
from .amounts import ZERO, fixed, floor_to, plain, round_to
from .box import Sandbox, known_venues, load_emulator
from .clock import span
from .copying import CopySettings, Follow, Leader
from .faults import Fault
from .leading import Follower, Lead, ProfitShare, SymbolRule, sums
from .limits import Limit, Usage
from .market import Market
from .parameters import TextParameters
from .positions import Closing, Position, Side, Trigger
from .server import VenueServer
from .venue import Call, Execution, Options, Route, VenueEmulator, hmac_base64, hmac_hex, route, same
from .wire import Answer, Refusal, Request
from .world import NAMES, World

__all__ = [
    "NAMES",
    "ZERO",
    "Answer",
    "Call",
    "Closing",
    "CopySettings",
    "Execution",
    "Fault",
    "Follow",
    "Follower",
    "Lead",
    "Leader",
    "Ledger",
    "Limit",
    "Market",
    "NotEnough",
    "Options",
    "Position",
    "ProfitShare",
    "Refusal",
    "Request",
    "Route",
    "Sandbox",
    "SandboxAccount",
    "Side",
    "SymbolRule",
    "TextParameters",
    "Trigger",
    "Usage",
    "VenueEmulator",
    "VenueServer",
    "World",
    "fixed",
    "floor_to",
    "hmac_base64",
    "hmac_hex",
    "known_venues",
    "load_emulator",
    "plain",
    "round_to",
    "route",
    "same",
    "span",
    "sums",
]
