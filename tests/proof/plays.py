"""What is done on each venue API: five operations, prepared on a sandbox venue in the state that they need."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import unifiedcopy as uc
from unifiedcopy.driven import DrivenExchange
from unifiedcopy.sandbox import VenueServer

OPERATIONS = ("follow", "unfollow", "set_tpsl", "close_position", "reads")
Settings = Callable[[DrivenExchange, VenueServer], Awaitable[tuple[str, uc.FollowSettings]]]


class NotOffered(Exception):
    """The API has no such operation, on neither side."""


class Deed(NamedTuple):
    """One write, ready to be done by any connection of its account."""

    verb: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]

    async def do(self, ex: DrivenExchange) -> Any:
        return await verb_of(ex, self.verb)(*self.arguments, **self.options)

    async def wire(self, ex: DrivenExchange) -> tuple[str, str]:
        """Method and path."""
        preview = await ex.preview(self.verb, *self.arguments, **self.options)
        return preview.method, urlsplit(preview.url).path


@dataclass(frozen=True)
class Play:
    """An API of the sandbox, and which of its accounts does what."""

    api: str
    account: str = "main"
    """Holds positions, and follows where the API has that."""
    novice: str = "empty"
    """Follows nobody yet."""
    leader: str = "leader"
    """Leads; it does what the API has on that side alone."""
    settings: Settings | None = None
    """Whom to follow, and how; None where following can't be started or changed."""
    amend: bool = False
    """Following is changed and can't be started."""
    params: dict[str, str] | None = None
    """What ``follow`` needs besides."""
    venue: str = ""
    """Whose sandbox serves it, if not its own."""
    switches: dict[str, Any] = field(default_factory=dict)
    """Of the sandbox, without which the API is not served whole."""

    @property
    def served_by(self) -> str:
        return self.venue or self.api.partition("/")[0]

    def arrange(self, server: VenueServer) -> None:
        """Turn the sandbox's switches; its limits are off, so that every cell meets its own fault alone."""
        server.options.limit_factor = 0
        for name, value in self.switches.items():
            setattr(server.options, name, value)

    def leads(self, ex: DrivenExchange, operation: str) -> bool:
        """Whether the API has an operation on positions for leaders alone."""
        verb = "positions" if operation == "reads" else operation
        return not ex.api.serving(verb) and bool(ex.api.serving(f"lead.{verb}"))

    def who(self, ex: DrivenExchange, operation: str) -> str:
        """The account that does it."""
        if operation == "follow":
            return self.account if self.amend else self.novice
        return self.leader if self.leads(ex, operation) else self.account

    def connect(self, server: VenueServer, account: str | None = None, **options: Any) -> DrivenExchange:
        keys = server.accounts[account].credentials if account else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", uc.RetiredApiWarning)
            return uc.connect(
                self.api,
                **keys,
                **{"base_url": server.url, "account": account, "write": True, "convert": True, **options},
            )

    async def prepare(self, operation: str, ex: DrivenExchange, server: VenueServer) -> Deed:
        """The operation with arguments that the venue takes now.

        Raises:
            NotOffered: this API has no such thing.
        """
        if operation == "follow":
            return await self._follow(ex, server)
        if operation == "unfollow":
            return await self._unfollow(ex, server)
        side = "lead." if self.leads(ex, operation) else ""
        if not ex.api.serving(side + operation):
            raise NotOffered(ex.can.why_not(operation))
        position = (await verb_of(ex, f"{side}positions")())[0]
        return Deed(side + operation, (position,), triggers(position) if operation == "set_tpsl" else {})

    async def _follow(self, ex: DrivenExchange, server: VenueServer) -> Deed:
        if self.settings is None:
            raise NotOffered(ex.can.why_not("follow"))
        leader, settings = await self.settings(ex, server)
        return Deed("follow", (leader, settings), {"amend": self.amend, "params": self.params})

    async def _unfollow(self, ex: DrivenExchange, server: VenueServer) -> Deed:
        if not ex.api.serving("unfollow"):
            raise NotOffered(ex.can.why_not("unfollow"))
        server.world.close_all(self.account)  # a venue may refuse while copies are open
        return Deed("unfollow", ((await ex.following())[0].leader_id,), {})

    def lists(self, ex: DrivenExchange) -> list[str]:
        """The verbs that tell the account's state."""
        verbs = ("lead.positions",) if self.leads(ex, "reads") else ("positions", "following")
        return [verb for verb in verbs if ex.api.serving(verb)]


def verb_of(ex: DrivenExchange, verb: str) -> Callable[..., Awaitable[Any]]:
    side, name = (ex.lead, verb.removeprefix("lead.")) if verb.startswith("lead.") else (ex, verb)
    found: Callable[..., Awaitable[Any]] = getattr(side, name)
    return found


def triggers(position: uc.Position, up: Decimal = Decimal("1.5"), down: Decimal = Decimal("0.6")) -> dict[str, Any]:
    """A take profit and a stop loss on the right sides of the price, far away, on a coarse grid."""
    price = position.mark_price or position.entry_price
    profit, loss = (up, down) if position.side == "long" else (down, up)
    grid = price.scaleb(-3).normalize().quantize(Decimal(1).scaleb(price.scaleb(-3).adjusted()))
    return {
        "take_profit": uc.Price((price * profit).quantize(grid, ROUND_DOWN)),
        "stop_loss": uc.Price((price * loss).quantize(grid, ROUND_DOWN)),
    }


# -- whom to follow, and how ------------------------------------------------------------------------------------------


async def _of_the_ranking(ex: DrivenExchange, server: VenueServer) -> tuple[str, uc.FollowSettings]:
    leader = next(one for one in await ex.list_leaders() if one.can_follow)
    return leader.id, uc.FollowSettings(
        sizing=uc.FixedAmount("50"), symbols=leader.symbols[:2], take_profit=uc.Roi("0.5"), stop_loss=uc.Roi("-0.2")
    )


async def _with_a_budget(ex: DrivenExchange, server: VenueServer) -> tuple[str, uc.FollowSettings]:
    followed = {follow.leader.id for follow in server.world.copying.following(ex.alias or "")}
    leader = next(one for one in server.world.copying.leaders.values() if one.id not in followed and one.open_to_follow)
    return leader.id, uc.FollowSettings(
        sizing=uc.FixedAmount(50),
        symbols=("BTC/USDT:USDT", "ETH/USDT:USDT"),
        margin_mode="isolated",
        take_profit=uc.Roi("0.5"),
        stop_loss=uc.Roi("-0.2"),
        total_budget=500,
        max_loss=100,
        open_copies="keep",
    )


async def _in_spot(ex: DrivenExchange, server: VenueServer) -> tuple[str, uc.FollowSettings]:
    leader = next(one for one in server.world.spot.leaders.values() if one.pace)
    rule = next(iter(await ex.copy_limits(leader=leader.id)))
    return leader.id, uc.FollowSettings(
        sizing=uc.FixedAmount((rule.min_amount or Decimal(10)) * 2),
        symbols=(rule.symbol or "",),
        max_position=Decimal(1000),
        take_profit=uc.Roi("0.5"),
        stop_loss=uc.Roi("-0.2"),
    )


async def _changed(ex: DrivenExchange, server: VenueServer) -> tuple[str, uc.FollowSettings]:
    leader = (await ex.following())[0].leader_id
    (settings,) = await ex.follow_settings(leader)
    changed = {name: getattr(settings, name) for name in settings.__struct_fields__ if name != "leader_id"}
    return leader, uc.FollowSettings(**{**changed, "stop_loss": uc.Roi("-0.33")})


OLD = {"retired": False}
PLAYS = {
    play.api: play
    for play in (
        Play("toobit/v2", settings=_changed, amend=True, params={"realInvestAmount": "100"}),
        Play("bitget/v2-futures", settings=_of_the_ranking),
        Play("bitget/v2-spot", account="spot", settings=_in_spot),
        Play("bitget/v1-futures", settings=_of_the_ranking, switches=OLD),
        Play("bitget/v1-spot", account="spot", settings=_in_spot, switches=OLD),
        Play("cointr/v2-futures", settings=_of_the_ranking, venue="bitget"),
        Play("okx/v5", settings=_with_a_budget),
        Play("okx/v5-copies", settings=_with_a_budget, switches={"copied_positions": "listed"}),
        Play("zoomex/v3"),
        Play("zoomex/v3-leader"),
        Play("blofin/v1", leader="main"),
    )
}
