"""Structs as tables for eyes, and sums that never add one coin to another.

A terminal that is too narrow loses whole columns, the least important first, and says which; a number is never cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
from rich import box
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from ..models import Clear, Position, Price, Roi, utc
from ..models.values import EXACT
from ..untrusted import clean
from .output import Output

NOTHING = "–"
"""What the venue did not say."""


class Column(NamedTuple):
    """One column of a table."""

    title: str
    cell: Callable[[Any], Any]
    weight: int = 5
    """The column with the least weight leaves first when the terminal is narrow; 9 never does."""
    right: bool = False
    signed: bool = False
    """Red below zero, green above."""


def price(value: Decimal | None) -> str:
    """As the venue said it, without an exponent."""
    return NOTHING if value is None else f"{value:f}"


def money(value: Decimal | None, unit: str | None = None) -> str:
    """Rounded for eyes: cents, or four digits of what is less than one. ``--json`` has every digit."""
    if value is None:
        return NOTHING
    small = 0 < abs(value) < 1
    text = f"{Decimal(f'{value:.3e}').normalize():f}" if small else f"{value:,.2f}"
    return f"{text} {unit}" if unit else text


def percent(value: Decimal | None, sign: str = "+") -> str:
    """A fraction as percent."""
    return NOTHING if value is None else f"{value * 100:{sign}.2f}%"


def moment(value: int | None) -> str:
    """A time, UTC, to the minute."""
    return NOTHING if value is None else f"{utc(value):%Y-%m-%d %H:%M}"


def trigger(value: Price | Roi | Clear | None) -> str:
    """A price as it is, a return in percent of the margin."""
    if value is None:
        return NOTHING
    return f"{(value.value * 100).normalize():+f}%" if isinstance(value, Roi) else str(value)


def words(value: Any) -> str:
    """Text that may come from a venue."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(", ".join(value) if isinstance(value, tuple) else str(value), 40)


def size(row: Any) -> str:
    """A size with its unit: coins by their name."""
    unit = {"base": base_coin(row.symbol), "quote": quote_coin(row.symbol)}.get(row.size_unit, row.size_unit)
    return f"{row.size.normalize():f} {unit or '?'}"


def base_coin(symbol: str | None) -> str | None:
    """BTC of ``BTC/USDT:USDT``."""
    return symbol.partition("/")[0] if symbol else None


def quote_coin(symbol: str | None) -> str | None:
    """USDT of ``BTC/USDT:USDT``."""
    return symbol.partition("/")[2].partition(":")[0] if symbol else None


def _venue(row: Any) -> str:
    return str(row.exchange).partition("/")[0]


def _settled(name: str) -> Callable[[Any], str]:
    return lambda row: money(getattr(row, name), row.margin_asset)


def _symbol(row: Any) -> str:
    return words(row.symbol or f"{row.venue_symbol} (not understood)")


def _leader(row: Any) -> str:
    return words(row.leader_name or row.leader_id)


def _times(value: Decimal | None) -> str:
    return NOTHING if value is None else f"{value.normalize():f}x"


POSITIONS = (
    Column("venue", _venue, 9),
    Column("account", lambda row: words(row.account), 3),
    Column("symbol", _symbol, 9),
    Column("side", lambda row: row.side, 9),
    Column("size", size, 9, right=True),
    Column("entry", lambda row: price(row.entry_price), 7, right=True),
    Column("mark", lambda row: price(row.mark_price), 6, right=True),
    Column("notional", lambda row: money(row.notional, quote_coin(row.symbol)), 4, right=True),
    Column("uPnL", _settled("unrealized_pnl"), 8, right=True, signed=True),
    Column("ROI", lambda row: percent(row.unrealized_roi), 6, right=True, signed=True),
    Column("TP", lambda row: trigger(row.take_profit), 7, right=True),
    Column("SL", lambda row: trigger(row.stop_loss), 7, right=True),
    Column("lev", lambda row: _times(row.leverage), 2, right=True),
    Column("leader", _leader, 5),
)
ID = Column("id", lambda row: words(row.id), 9)
"""What set-tpsl and close take."""

HISTORY = (
    Column("closed", lambda row: moment(row.closed_at), 9),
    Column("venue", _venue, 9),
    Column("account", lambda row: words(row.account), 3),
    Column("symbol", _symbol, 9),
    Column("side", lambda row: row.side, 9),
    Column("size", size, 7, right=True),
    Column("entry", lambda row: price(row.entry_price), 6, right=True),
    Column("exit", lambda row: price(row.exit_price), 6, right=True),
    Column("PnL", _settled("realized_pnl"), 8, right=True, signed=True),
    Column("net", _settled("net_pnl"), 5, right=True, signed=True),
    Column("ROI", lambda row: percent(row.realized_roi), 4, right=True, signed=True),
    Column("leader", _leader, 5),
)
LEADERS = (
    Column("venue", _venue, 9),
    Column("id", lambda row: words(row.id), 9),
    Column("name", lambda row: words(row.name), 8),
    Column("open", lambda row: words(row.can_follow), 6),
    Column("ROI", lambda row: percent(row.roi), 7, right=True, signed=True),
    Column("PnL", lambda row: money(row.pnl), 6, right=True, signed=True),
    Column("win rate", lambda row: percent(row.win_rate, "-"), 6, right=True),
    Column("drawdown", lambda row: percent(row.max_drawdown, "-"), 6, right=True),
    Column("followers", lambda row: words(row.followers), 5, right=True),
    Column("places", lambda row: words(row.follower_limit), 4, right=True),
    Column("AUM", lambda row: money(row.aum), 4, right=True),
    Column("days", lambda row: words(row.days), 3, right=True),
    Column("symbols", lambda row: words(row.symbols), 2),
)
FOLLOWING = (
    Column("venue", _venue, 9),
    Column("account", lambda row: words(row.account), 4),
    Column("leader", lambda row: words(row.leader_id), 9),
    Column("name", lambda row: words(row.leader_name), 8),
    Column("balance", lambda row: money(row.margin_balance), 5, right=True),
    Column("invested", lambda row: money(row.invested), 4, right=True),
    Column("uPnL", lambda row: money(row.unrealized_pnl), 6, right=True, signed=True),
    Column("PnL", lambda row: money(row.realized_pnl), 6, right=True, signed=True),
    Column("net", lambda row: money(row.net_pnl), 6, right=True, signed=True),
    Column("since", lambda row: moment(row.followed_at), 3),
)


FOLLOWERS = (
    Column("venue", _venue, 9),
    Column("account", lambda row: words(row.account), 4),
    Column("id", lambda row: words(row.id), 9),
    Column("name", lambda row: words(row.name), 8),
    Column("equity", lambda row: money(row.equity), 5, right=True),
    Column("invested", lambda row: money(row.invested), 5, right=True),
    Column("PnL", lambda row: money(row.pnl), 6, right=True, signed=True),
    Column("paid", lambda row: money(row.profit_share), 4, right=True),
    Column("since", lambda row: moment(row.followed_at), 3),
)
SHARES = (
    Column("at", lambda row: moment(row.at), 9),
    Column("venue", _venue, 9),
    Column("account", lambda row: words(row.account), 3),
    Column("amount", lambda row: money(row.amount, row.asset), 9, right=True, signed=True),
    Column("status", lambda row: words(row.status), 6),
    Column("follower", lambda row: words(row.follower_name or row.follower_id), 7),
    Column("id", lambda row: words(row.id), 2),
)
RULES = (
    Column("venue", _venue, 9),
    Column("symbol", lambda row: words(row.symbol or row.venue_symbol or "all"), 9),
    Column("led", lambda row: words(row.enabled), 8),
    Column("leverage", lambda row: _times(row.leverage), 6, right=True),
    Column("most", lambda row: _times(row.max_leverage), 5, right=True),
    Column("TP", lambda row: trigger(row.take_profit), 6, right=True),
    Column("SL", lambda row: trigger(row.stop_loss), 6, right=True),
    Column("min size", lambda row: price(row.min_size), 5, right=True),
    Column("max size", lambda row: price(row.max_size), 4, right=True),
    Column("min amount", lambda row: money(row.min_amount), 4, right=True),
    Column("max amount", lambda row: money(row.max_amount), 3, right=True),
)


def show_table(out: Output, rows: Sequence[Any], columns: Iterable[Column], empty: str) -> None:
    """Prints a table; columns that no row has a word for are left out, as are those that don't fit."""
    if not rows:
        out.show(empty)
        return
    table, dropped = fitted(out, rows, columns)
    out.show(table)
    if dropped:
        titles = ", ".join(column.title for column in dropped)
        out.say(f"not shown at this width: {titles} (a wider terminal or --json has them)", "dim")


def nothing(empty: str, read: int, of: int) -> str:
    """What stands for a table without rows, by how many accounts were read whole: unread is not empty."""
    if read == of:
        return empty
    return f"{empty} in the {read} of {of} accounts that could be read" if read else "not known: no account was read"


def fitted(out: Output, rows: Sequence[Any], columns: Iterable[Column]) -> tuple[Table, list[Column]]:
    """A table that is no wider than the terminal, and the columns that it lost for that."""
    cells = {column: [column.cell(row) for row in rows] for column in columns}
    kept = [column for column, texts in cells.items() if any(text != NOTHING for text in texts)]
    dropped: list[Column] = []
    while len(kept) > 1 and _width(out, _table(kept, cells)) > out.stdout.width:
        least = min(kept, key=lambda column: column.weight)
        if least.weight == 9:
            break
        kept.remove(least)
        dropped.append(least)
    return _table(kept, cells), dropped


def markdown_table(rows: Sequence[Any], columns: Sequence[Column]) -> Iterator[str]:
    """The same as Markdown, whole."""
    yield f"| {' | '.join(column.title for column in columns)} |"
    yield f"|{'|'.join(' ---: ' if column.right else ' --- ' for column in columns)}|"
    for row in rows:
        cells = [str(column.cell(row)).replace("|", "/") for column in columns]
        yield f"| {' | '.join(cells)} |"


def _table(columns: Sequence[Column], cells: dict[Column, list[Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.title, justify="right" if column.right else "left", overflow="fold")
    for row in zip(*(cells[column] for column in columns), strict=True):
        table.add_row(*(_styled(column, text) for column, text in zip(columns, row, strict=True)))
    return table


def _styled(column: Column, text: str) -> Text:
    if not column.signed or text == NOTHING:
        return Text(text)
    return Text(text, style="red" if text.startswith("-") else "green")


def _width(out: Output, table: Table) -> int:
    console = out.stdout
    return Measurement.get(console, console.options.update(max_width=10_000), table).maximum


class Total(msgspec.Struct, kw_only=True):
    """Sums in one currency, None where no row had a number; ``untold`` counts those rows: they are not zero."""

    currency: str
    positions: int = 0
    notional: Decimal | None = None
    margin: Decimal | None = None
    unrealized_pnl: Decimal | None = None
    untold: dict[str, int] = msgspec.field(default_factory=dict)

    def add(self, name: str, value: Decimal | None) -> None:
        """One more row's number."""
        if value is None:
            self.untold[name] = self.untold.get(name, 0) + 1
        else:
            setattr(self, name, EXACT.add(getattr(self, name) or Decimal(0), value))


def totals(positions: Iterable[Position]) -> list[Total]:
    """Margin and profit by the coin that they are settled in, notional by the quote currency."""
    found: dict[str, Total] = {}

    def of(currency: str | None) -> Total:
        return found.setdefault(currency or "?", Total(currency=currency or "?"))

    for position in positions:
        settled = of(position.margin_asset)
        settled.positions += 1
        settled.add("margin", position.margin)
        settled.add("unrealized_pnl", position.unrealized_pnl)
        of(quote_coin(position.symbol)).add("notional", position.notional)
    return [found[currency] for currency in sorted(found)]


TOTALS = (
    Column("total in", lambda row: clean(row.currency), 9),
    Column("positions", lambda row: str(row.positions) if row.positions else NOTHING, 9, right=True),
    Column("notional", lambda row: _sum(row, "notional"), 9, right=True),
    Column("margin", lambda row: _sum(row, "margin"), 9, right=True),
    Column("uPnL", lambda row: _sum(row, "unrealized_pnl"), 9, right=True, signed=True),
)


def _sum(total: Total, name: str) -> str:
    untold = total.untold.get(name, 0)
    return money(getattr(total, name)) + (f" (+ {untold} not told)" if untold else "")
