"""Which endpoint a sample is of, and which of its keys is which field."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ..kinds import BY_SYMBOL, Canonical, canonical_fields
from ..verbs import VERBS
from . import guess
from .samples import Key, Sample, can_be_named
from .synonyms import VERB_WORDS, names_of, normal

BY_SHAPE: dict[str, tuple[str, ...]] = {
    "closed_positions": ("exit_price", "closed_at", "close_fee"),
    "positions": ("entry_price", "mark_price", "unrealized_pnl", "liquidation_price"),
    "following": ("margin_balance", "profit_share_pending", "profit_share_paid", "followed_at"),
    "list_leaders": ("win_rate", "max_drawdown", "aum", "follower_limit", "roi_series"),
    "copy_limits": ("min_size", "max_size", "min_amount", "max_amount"),
    "account": ("equity", "available"),
}
"""Verbs that rows can be recognized for, by any of these fields."""
CLOCK = "time"


@dataclass
class Line:
    """A proposed field line."""

    field: str
    path: str
    keys: dict[str, Any]
    check: str = ""
    value: Any = None
    """Of the first row that says one, for the author's eyes."""


@dataclass
class Proposal:
    """One endpoint of the sketch."""

    name: str
    verb: str | None
    sample: Sample
    lines: list[Line] = field(default_factory=list)
    left: list[Key] = field(default_factory=list)
    """Keys that no field was found for."""
    unsaid: list[str] = field(default_factory=list)
    """Required fields that no key was found for."""
    join: list[str] = field(default_factory=list)
    """Keys that name a row together, where it has no id."""

    @property
    def reads(self) -> bool:
        return self.verb in VERBS and not VERBS[self.verb].writes

    @property
    def writes(self) -> bool:
        return _writes(self.verb or "")


def propose(sample: Sample) -> Proposal:
    """The endpoint of a sample with a line for every key that is recognized."""
    verb = _verb(sample)
    name = sample.given if sample.given and sample.given not in VERBS else (verb or sample.file.stem)
    made = Proposal(re.sub(r"\W+", "_", name.replace(".", "_")).strip("_") or "endpoint", verb, sample)
    if made.reads and sample.rows:
        _map(made)
    elif not made.writes and verb != CLOCK:
        made.left = sample.row_keys()
    return made


def _verb(sample: Sample) -> str | None:
    """Named by the author, else by the file's name, else by what the rows look like."""
    for name in (sample.given, sample.file.stem):
        if name in VERBS or name == CLOCK:
            return name
    words = re.sub(r"\W+", "_", (sample.given or sample.file.stem)).lower()
    told = next((verb for pattern, verb in VERB_WORDS if re.search(pattern, words)), None)
    fitting = [verb for verb in BY_SHAPE if sample.rows and _recognized(sample, verb)]
    if told == "leader" and len(sample.rows) > 1:
        told = "list_leaders"
    if told is not None and (not fitting or (told in VERBS and not _writes(told) and _serves(sample, told))):
        return told
    return max(fitting, key=lambda verb: len(_matches(sample, verb)), default=told)


def _writes(verb: str) -> bool:
    return verb in VERBS and VERBS[verb].writes


def _matches(sample: Sample, verb: str) -> dict[str, Key]:
    """Field -> the key that is proposed for it."""
    struct = VERBS[verb].returns
    keys = {key.path: key for key in sample.row_keys() if can_be_named(key.path)}
    found: dict[str, Key] = {}
    taken: set[str] = set()
    for name, canonical in canonical_fields(struct).items():
        if canonical.kind in BY_SYMBOL and canonical.kind != "venue_symbol":
            continue
        for wanted in names_of(struct.__name__, name):
            key = next((key for path, key in keys.items() if path not in taken and _named(path, wanted)), None)
            if key is not None and _fits(canonical, key):
                found[name] = key
                taken.add(key.path)
                break
    return found


def _named(path: str, wanted: str) -> bool:
    return wanted in (normal(path), normal(path.rpartition(".")[2]))


def _fits(canonical: Canonical, key: Key) -> bool:
    if canonical.kind == "side":
        return True  # a side that is not understood is asked for, not left out
    if canonical.kind == "enum":
        return guess.choices(canonical, key.values) is not None
    return guess.modifiers(canonical, key.path, key.values) is not None


def _serves(sample: Sample, verb: str) -> bool:
    """Whether rows say what the verb's rows must."""
    matched = _matches(sample, verb)
    return all(name in matched for name in _required(verb) if name != "id")


def _recognized(sample: Sample, verb: str) -> bool:
    """Whether they also say something that only such rows say."""
    return _serves(sample, verb) and any(name in _matches(sample, verb) for name in BY_SHAPE[verb])


def _required(verb: str) -> list[str]:
    fields = canonical_fields(VERBS[verb].returns).values()
    return [one.name for one in fields if one.required and (one.kind not in BY_SYMBOL or one.kind == "venue_symbol")]


def _map(made: Proposal) -> None:
    verb = made.verb or ""
    known = canonical_fields(VERBS[verb].returns)
    matched = _matches(made.sample, verb)
    for name, key in matched.items():
        modified = guess.modifiers(known[name], key.path, key.values) or guess.Guess({})
        said = next((value for value in key.values if value not in guess.NOTHING), None)
        made.lines.append(Line(name, key.path, modified.keys, modified.check, said))
    if "id" not in matched and "id" in known and known["id"].required:
        made.join = [matched[name].path for name in ("leader_id", "venue_symbol", "side") if name in matched]
    taken = {line.path for line in made.lines}
    made.left = [key for key in made.sample.row_keys() if key.path not in taken]
    made.unsaid = [name for name in _required(verb) if name not in matched and not (name == "id" and made.join)]
