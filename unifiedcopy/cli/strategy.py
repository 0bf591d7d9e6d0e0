"""A whole copy-trading strategy: the same lines for every venue. ``unifiedcopy demo`` runs it.

``step`` awaits one call, says how it ended, and answers None where the venue can't or refuses; your own code would
catch ``uc.UnifiedCopyError`` there. ``hours_pass`` lets the sandbox's clock run; live, you would simply wait.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Protocol, TypeVar

import unifiedcopy as uc

T = TypeVar("T")
Hours = Callable[[int], Awaitable[None]]

STAKE, BUDGET = uc.FixedAmount("50"), Decimal(500)
TAKE_PROFIT, STOP_LOSS = uc.Roi("1.5"), uc.Roi("-0.9")


async def copy_and_guard(ex: uc.CopyTradingExchange, step: Step, hours_pass: Hours) -> None:
    """Copies one leader, sets a take profit and a stop loss on what is open, and stops copying."""
    leaders = await step("list leaders", ex.list_leaders(limit=10))
    free = [leader for leader in leaders or () if leader.can_follow is not False and not leader.followed]
    followed = await step("list followed leaders", ex.following())

    if free and ex.can.follow == "native":
        settings = uc.FollowSettings(
            sizing=STAKE,
            symbols=(free[0].symbols or ())[:10] if "symbols" in ex.can.settings else None,
            total_budget=BUDGET if "total_budget" in ex.can.settings else None,
        )
        await step(f"follow {free[0].name} with FixedAmount {STAKE.value}", ex.follow(free[0], settings))
    else:
        step.cannot("follow", ex.can.why_not("follow"))

    await hours_pass(6)  # leaders trade, copies open

    positions = await step("read positions", ex.positions())
    unguarded = [position for position in positions or () if position.stop_loss is None]
    for position in unguarded[:3]:
        guard = ex.set_tpsl(position, take_profit=TAKE_PROFIT, stop_loss=STOP_LOSS, convert=True)
        await step(f"guard {position.side} {position.symbol}: TP {TAKE_PROFIT}, SL {STOP_LOSS}", guard)

    if leader := next(iter([*free, *(followed or ())]), None):
        await step("unfollow", ex.unfollow(leader))
    else:
        step.cannot("unfollow", ex.can.why_not("unfollow"))


class Step(Protocol):
    """How the strategy reports."""

    async def __call__(self, what: str, call: Awaitable[T]) -> T | None:
        """One call: its result, or None when it ended in an error, which has been told."""

    def cannot(self, what: str, why: str) -> None:
        """Something that this venue's API has no call for."""
