"""Exactness: random decimals there (argument to wire text) and back (wire text or JSON number to struct), none changed.

Decimals of up to 38 digits at any place between 10^-59 and 10^59, written as Decimal, as text and as whole numbers, go
through the parameters of an endpoint as they are, in percent and with the sign turned; what stands in the body must be
the same number, digit for digit, without an exponent. The same decimals as the venue writes them, as text and as JSON
numbers with and without an exponent, must be the same number in the struct: an amount, a percentage, a fee that the
venue charges. For comparison the last line counts the differences that binary floating point makes on the way there.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from tests.schemas import PLAIN, api_of
from unifiedcopy.arguments import Arguments
from unifiedcopy.models import Price, Roi
from unifiedcopy.request import build
from unifiedcopy.schema import Api

DECIMALS, SEED, SHOWN, PAGE = 1_000_000, 1, 20, 500
PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
WAYS = {
    "tp": ("take_profit.price", 1),
    "tpPercent": ("take_profit.roi", 100),
    "slLoss": ("stop_loss.roi", -1),
}
"""Parameter -> the argument that it comes from, and the venue's unit of it."""
SCHEMA = PLAIN.replace('unit = "base" }', 'unit = "base", absolute = true }').replace(
    'tp = { from = "take_profit.price", type = "decimal", clear = "0" }\n'
    'sl = { from = "stop_loss.price", type = "decimal" }',
    'tp = { from = "take_profit.price", type = "decimal" }\n'
    'tpPercent = { from = "take_profit.roi", type = "decimal", unit = "percent" }\n'
    'slLoss = { from = "stop_loss.roi", type = "decimal", unit = "loss_ratio" }',
)


@dataclass
class Figures:
    decimals: int = 0
    values: int = 0
    by_float: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        bound = f"; 95 % upper bound {3 / self.decimals:.1e} of decimals" if self.decimals and not self.faults else ""
        return (
            f"{self.decimals:,} random decimals, {self.values:,} values on the wire there and back: "
            f"{len(self.faults)} differences or exponents{bound}\n"
            f"through binary floating point: {self.by_float:,} differences"
        )


def decimal(random: Random) -> Decimal:
    """A decimal that money can be, of up to 38 digits."""
    digits = random.randrange(1, 39)
    value = random.randrange(10 ** (digits - 1), 10**digits)
    exponent = (
        random.randrange(-55 - digits, 56 - digits) if random.random() < 0.3 else random.randrange(-digits - 8, 4)
    )
    return Decimal((random.randrange(2), tuple(map(int, str(value))), exponent))


def written(value: Decimal, random: Random) -> Any:
    """A decimal as callers write it."""
    kind = random.randrange(3)
    if kind == 0 and value == value.to_integral_value():
        return int(value)
    return f"{value:f}" if kind == 1 else value


def there(api: Api, value: Decimal, random: Random, figures: Figures) -> None:
    """Argument to wire text, in every unit."""
    given = {
        "position.id": "1",
        "take_profit.price": Price(written(value.copy_abs(), random)),
        "take_profit.roi": Roi(written(value, random)),
        "stop_loss.roi": Roi(written(value, random)),
    }
    endpoint = api.schema.endpoints["set_tpsl"]
    body = json.loads(build(api.schema.id, "set_tpsl", endpoint, Arguments(api, "set_tpsl", given).values()).body)
    for name, (argument, factor) in WAYS.items():
        figures.values += 1
        meant = Fraction(given[argument].value) * factor
        text = body[name]
        if not isinstance(text, str) or not PLAIN_NUMBER.fullmatch(text) or Fraction(text) != meant:
            figures.faults.append(f"{argument} = {value!r} went out as {name} = {text!r}")
    figures.by_float += Fraction(repr(float(value)) if value else "0") != Fraction(value)


def as_number(value: Decimal, random: Random) -> str:
    """A decimal as a JSON number."""
    return f"{value:f}" if random.random() < 0.7 else f"{value:e}"


def back(api: Api, values: list[Decimal], random: Random, figures: Figures) -> None:
    """Wire text and JSON numbers to structs, a page of them."""
    rows = []
    for index, value in enumerate(values):
        text = as_number(value, random) if index % 2 else json.dumps(f"{value:f}")
        rows.append(
            f'{{"id":"{index}","symbol":"BTCUSDT","side":"buy","size":{text},"entry":{text},"roi":{text},"fee":{text}}}'
        )
    body = f'{{"code":0,"data":{{"list":[{",".join(rows)}],"next":""}}}}'.encode()
    # A reader of its own: it remembers how its venue writes numbers.
    read = Api(api.schema, api.document).reader("positions").read(body)
    if len(read.items) != len(values):
        figures.faults.append(f"{len(values) - len(read.items)} rows of {len(values)} are lost: {read.withheld[:1]}")
        return
    for value, item in zip(values, read.items, strict=True):
        figures.values += 4
        exact = Fraction(value)
        got = (item.size, item.entry_price, item.unrealized_roi, item.fee)
        if tuple(map(Fraction, got)) != (abs(exact), exact, exact / 100, -exact):
            figures.faults.append(f"{value!r} came in as {got}")


def run(count: int, seed: int) -> Figures:
    """So many decimals, there and back."""
    figures, random = Figures(), Random(seed)
    with TemporaryDirectory() as folder:
        api = api_of(Path(folder), SCHEMA)
        page: list[Decimal] = []
        for _ in range(count):
            value = decimal(random)
            figures.decimals += 1
            there(api, value, random, figures)
            page.append(value)
            if len(page) == PAGE or figures.decimals == count:
                back(api, page, random, figures)
                page = []
    return figures


def main(arguments: list[str] | None = None) -> int:
    """0 when no decimal changed."""
    parser = argparse.ArgumentParser("python -m tests.proof.exactness", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--decimals", type=int, default=DECIMALS, metavar="N", help=f"how many ({DECIMALS:,})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"the same seed, the same decimals ({SEED})")
    parser.add_argument("--shown", type=int, default=SHOWN, metavar="N", help="faults to print")
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    figures = run(asked.decimals, asked.seed)
    for wrong in figures.faults[: asked.shown]:
        sys.stdout.write(f"{wrong}\n")
    sys.stdout.write(f"{figures} (seed {asked.seed}, {time.monotonic() - began:.0f} s)\n")
    return 1 if figures.faults else 0


if __name__ == "__main__":
    sys.exit(main())
