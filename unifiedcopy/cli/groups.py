"""The sums of a portfolio for eyes, for machines and for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from ..export import harmless
from ..portfolio import Exposure, Group, Sum, concentration
from ..untrusted import clean
from .output import plain
from .tables import NOTHING, Column, money, percent, words

NO_LEADER = "(no leader told)"


class Line(NamedTuple):
    """A group in one of its currencies."""

    group: Group
    currency: str


def _amounts(amounts: Any, known: int, of: int) -> str:
    told = ", ".join(money(amount, currency) for currency, amount in sorted(amounts.items()))
    missing = "" if known == of else f" ({known} of {of})"
    return f"{told}{missing}" if told else NOTHING


def _sum(name: str) -> Callable[[Group], str]:
    def cell(group: Group) -> str:
        found: Sum = getattr(group, name)
        return _amounts(found.amounts, found.known, found.of)

    return cell


def _exposure(side: str) -> Callable[[Group], str]:
    return lambda group: _amounts(getattr(group.settle, side), group.settle.known, group.settle.of)


def _name(group: Group) -> str:
    return words(group.label if group.by == "account" else group.label or group.key or NO_LEADER)


def _venues(group: Group) -> str:
    return ", ".join(group.venues)


def _coins(group: Group) -> str:
    net = [f"{amount.normalize():f} {coin}" for coin, amount in group.base.net.items()]
    return ", ".join([*net, *_contracts(group)]) or NOTHING


def _contracts(group: Group) -> Iterator[str]:
    """What nobody converted, in the venue's own contracts."""
    for name, amount in group.contracts.net.items():
        yield f"{amount.normalize():f} contracts of {clean(name, 40)}"


def _leverage(group: Group) -> str:
    return ", ".join(f"{multiple:.2f}x {currency}" for currency, multiple in group.leverage.items()) or NOTHING


def columns(by: str) -> list[Column]:
    """The columns of groups; what a narrow terminal loses first has the least weight."""
    of_accounts = by in ("venue", "account")
    return [
        *([Column("venue", _venues, 9)] if by in ("leader", "account") else []),
        Column(by, _name, 9),
        *([Column("venues", _venues, 3)] if by == "symbol" else []),
        Column("positions", lambda group: str(group.positions), 6, right=True),
        *([] if of_accounts else [Column("accounts", lambda group: str(group.accounts), 2, right=True)]),
        Column("net", _exposure("net"), 9, right=True, signed=True),
        Column("gross", _exposure("gross"), 7, right=True),
        Column("coins", _coins, 3, right=True),
        Column("margin", _sum("margin"), 5, right=True),
        Column("uPnL", _sum("unrealized_pnl"), 8, right=True, signed=True),
        Column("PnL", _sum("realized_pnl"), 4, right=True, signed=True),
        *([Column("profit share", _sum("profit_share"), 3, right=True)] if by != "symbol" else []),
        *([Column("equity", _sum("equity"), 6, right=True)] if of_accounts else []),
        Column("leverage", _leverage, 2, right=True),
        *([Column("state", _state, 9)] if by == "account" else []),
    ]


def _state(group: Group) -> str:
    coverage = group.coverage
    state = "failed" if coverage.failed else f"stale, {age(coverage.oldest)}" if coverage.stale else "ok"
    return f"{state}, {coverage.withheld} rows withheld" if coverage.withheld else state


def age(milliseconds: int | None) -> str:
    """How old, in a unit that can be read."""
    if milliseconds is None:
        return NOTHING
    seconds = milliseconds / 1000
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.1f} s"


def lines(group: Group) -> list[Line]:
    """The group by currency."""
    figures: list[Sum] = [group.margin, group.unrealized_pnl, group.realized_pnl, group.profit_share, group.equity]
    found = {*group.settle.long, *group.settle.short, *(currency for figure in figures for currency in figure.amounts)}
    return [Line(group, currency) for currency in sorted(found)]


def _of(name: str) -> Callable[[Line], str]:
    """One figure in the line's currency."""

    def cell(line: Line) -> str:
        figure: Sum = getattr(line.group, name)
        missing = "" if figure.complete else f" ({figure.known} of {figure.of})"
        amount = figure.amounts.get(line.currency)
        return NOTHING if amount is None else money(amount) + missing

    return cell


def _side(name: str) -> Callable[[Line], str]:
    def cell(line: Line) -> str:
        settle: Exposure = line.group.settle
        missing = "" if settle.complete else f" ({settle.known} of {settle.of})"
        amount = getattr(settle, name).get(line.currency)
        return NOTHING if amount is None else money(amount) + missing

    return cell


def _times(name: str) -> Callable[[Line], str]:
    def cell(line: Line) -> str:
        multiple: Decimal | None = getattr(line.group, name).get(line.currency)
        return NOTHING if multiple is None else f"{multiple:.2f}x"

    return cell


TOTAL = (
    Column("total in", lambda line: clean(line.currency, 20), 9),
    Column("long", _side("long"), 6, right=True),
    Column("short", _side("short"), 6, right=True),
    Column("net", _side("net"), 8, right=True, signed=True),
    Column("gross", _side("gross"), 7, right=True),
    Column("margin", _of("margin"), 7, right=True),
    Column("uPnL", _of("unrealized_pnl"), 8, right=True, signed=True),
    Column("PnL", _of("realized_pnl"), 4, right=True, signed=True),
    Column("profit share", _of("profit_share"), 3, right=True),
    Column("equity", _of("equity"), 6, right=True),
    Column("leverage", _times("leverage"), 5, right=True),
    Column("of equity", _times("equity_leverage"), 2, right=True),
)


def remarks(total: Group, groups: Iterable[Group]) -> Iterator[str]:
    """What the sums don't say by themselves."""
    told = list(groups)
    for currency, found in sorted(concentration(told).items()):
        if found.share == 1:
            continue
        known = "" if found.known == found.of else f", known {found.known} of {found.of}"
        largest = clean(found.largest or NO_LEADER, 60)
        yield (
            f"{currency}: {percent(found.share, '-')} of the gross exposure is {largest}; "
            f"Herfindahl {found.herfindahl:.3f}{known}"
        )
    if total.at_entry:
        yield f"{total.at_entry} of {total.positions} positions are valued at their entry price: no mark price is told"


# -- for machines -----------------------------------------------------------------------------------------------------


def group_document(group: Group) -> dict[str, Any]:
    """A group with what is computed of it."""
    known = {name: getattr(group, name) for name in group.__struct_fields__}
    sides = {name: _exposure_document(getattr(group, name)) for name in ("base", "settle", "contracts")}
    return {**known, **sides, "leverage": group.leverage, "equity_leverage": group.equity_leverage}


def _exposure_document(exposure: Exposure) -> dict[str, Any]:
    sides = {name: getattr(exposure, name) for name in ("long", "short", "net", "gross")}
    return {**sides, "known": exposure.known, "of": exposure.of}


def as_csv(groups: Iterable[Group]) -> str:
    """A row for each group and currency, every digit; text of a venue is never a formula."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(
        [
            *("by", "key", "label", "venues", "accounts", "positions", "currency"),
            *(f"{side}{end}" for side in _SIDES[:1] for end in ("", "_known", "_of")),
            *_SIDES[1:],
            *(f"{name}{end}" for name in _FIGURES for end in ("", "_known", "_of")),
            *("accounts_ok", "accounts_stale", "accounts_failed", "rows_withheld"),
        ]
    )
    for group in groups:
        for line in lines(group) or [Line(group, "")]:
            writer.writerow(_csv_row(line))
    return written.getvalue()


_SIDES = ("gross", "long", "short", "net")
_FIGURES = ("margin", "unrealized_pnl", "realized_pnl", "profit_share", "equity")


def _csv_row(line: Line) -> list[Any]:
    group, currency = line
    row: list[Any] = [group.by, _text(group.key), _text(group.label), " ".join(group.venues), group.accounts]
    row += [group.positions, _text(currency)]
    row += [plain(group.settle.gross.get(currency)), group.settle.known, group.settle.of]
    row += [plain(getattr(group.settle, side).get(currency)) for side in _SIDES[1:]]
    for name in _FIGURES:
        figure: Sum = getattr(group, name)
        row += [plain(figure.amounts.get(currency)), figure.known, figure.of]
    coverage = group.coverage
    return [*row, coverage.ok, coverage.stale, coverage.failed, coverage.withheld]


def _text(value: str | None) -> str:
    return harmless(clean(value or ""))
