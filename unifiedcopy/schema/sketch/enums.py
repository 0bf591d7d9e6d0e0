"""The tables of words that proposed lines need, one for each field, shared by all endpoints that say the same."""

from __future__ import annotations

from typing import Any

from ..kinds import canonical_fields
from ..lint.openpoints import OPEN
from ..verbs import VERBS
from . import guess
from .propose import Line, Proposal

Tables = dict[str, tuple[dict[str, Any], str]]
"""Name -> (canonical value -> wire value, remark)."""


def tables(proposals: list[Proposal]) -> Tables:
    """The tables of all lines; a line whose words mean something else gets a table of its own."""
    found: Tables = {}
    for made in proposals:
        known = canonical_fields(VERBS[made.verb or ""].returns) if made.reads else {}
        for line in made.lines:
            canonical = known[line.field]
            if canonical.kind not in ("side", "enum"):
                continue
            values = [value for key in made.sample.row_keys() if key.path == line.path for value in key.values]
            if canonical.kind == "side":
                table, check = guess.sides(values) or _open_sides(values)
            else:
                table, check = guess.choices(canonical, values) or ({}, "")
            _enter(found, made, line, table, check)
    return found


def _open_sides(values: list[Any]) -> tuple[dict[str, Any], str]:
    said = ", ".join(repr(value) for value in dict.fromkeys(values))
    return {"long": f"{OPEN}: long", "short": f"{OPEN}: short"}, f"the samples say {said}"


def _enter(found: Tables, made: Proposal, line: Line, table: dict[str, Any], check: str) -> None:
    name = line.field
    if name in found and _contradict(found[name][0], table):
        name = f"{made.name}_{line.field}"
        line.keys["enum"] = name
    if name in found:
        before, remark = found[name]
        found[name] = {**table, **before}, remark if remark == check else "; ".join(filter(None, (remark, check)))
    else:
        found[name] = table, check


def _contradict(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return any(one[key] != other[key] for key in one.keys() & other.keys()) or any(
        str(one[left]) == str(other[right]) for left in one for right in other if left != right
    )
