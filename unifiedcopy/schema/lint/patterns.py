"""Patterns that can't be slow: a schema's pattern meets a caller's text, and Python's matcher tries every way there is.

What counts are the places where a text can be divided in several ways: with none the time grows with the text's length,
each repetition more multiplies it by that once again, and one inside of another doubles it with every character.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

MAX_PATTERN = 300
LOOP = 4
"""What a repetition costs that can end at several places; a choice of two costs 1, of four 2."""
MAX_COST = 7
"""One such repetition and a few choices: some million steps for the longest text."""
_OTHER = 128
"""Stands for every character that is not ASCII."""
_ALL = frozenset(range(_OTHER + 1))
_CATEGORIES = {
    name: frozenset(code for code in range(_OTHER) if re.match(text, chr(code), re.ASCII))
    for name, text in ((op.CATEGORY_DIGIT, r"\d"), (op.CATEGORY_WORD, r"\w"), (op.CATEGORY_SPACE, r"\s"))
} | {
    name: frozenset(code for code in range(_OTHER) if re.match(text, chr(code), re.ASCII)) | {_OTHER}
    for name, text in ((op.CATEGORY_NOT_DIGIT, r"\D"), (op.CATEGORY_NOT_WORD, r"\W"), (op.CATEGORY_NOT_SPACE, r"\S"))
}

Part = tuple[Any, Any]
Chars = frozenset[int]


class _TooHard(Exception):
    """The pattern can be slow, or can't be judged."""


def pattern_fault(pattern: str) -> str | None:
    """Why a pattern is not taken; None for a good one."""
    if len(pattern) > MAX_PATTERN:
        return f"is longer than {MAX_PATTERN} characters"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern, re.ASCII)
            parsed = _parser.parse(pattern, re.ASCII)
        if parsed.state.flags != re.ASCII:
            raise _TooHard("sets flags")
        if _cost(list(parsed), frozenset()) > MAX_COST:
            raise _TooHard("can divide a text in too many ways; put a fixed character between the repetitions")
    except _TooHard as error:
        return str(error)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        return f"is not a pattern: {error}"
    return None


def _cost(parts: Sequence[Part], after: Chars) -> int:
    """What the ways through a sequence cost; ``after`` is what may follow it."""
    total = 0
    for index, (kind, value) in enumerate(parts):
        following = _first(parts[index + 1 :], after)
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            least, most, body = value
            total += _loop_cost(int(least), int(most), body, following)
        elif kind is op.SUBPATTERN:
            total += _cost(_body(value), following)
        elif kind is op.BRANCH:
            branches = value[1]
            firsts = [_first(branch, following) for branch in branches]
            clash = sum(map(len, firsts)) > len(frozenset().union(*firsts))
            total += clash * (len(branches) - 1).bit_length() + max(_cost(branch, following) for branch in branches)
        elif kind is not op.AT:
            _chars(kind, value)
    return total


def _loop_cost(least: int, most: int, body: Sequence[Part], following: Chars) -> int:
    again = _first(body, frozenset())
    inside = _cost(body, again | following if most > 1 else following)
    if _empty(body) or (inside and most > 1):
        raise _TooHard("repeats what can itself be read in several ways; begin each repetition with a fixed character")
    return inside + (min(LOOP, (most - least).bit_length()) if again & following else 0)


def _first(parts: Sequence[Part], after: Chars) -> Chars:
    """The characters that may come next."""
    found: Chars = frozenset()
    for kind, value in parts:
        if kind is op.AT:
            continue
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            found |= _first(value[2], frozenset())
        elif kind is op.SUBPATTERN:
            found |= _first(_body(value), frozenset())
        elif kind is op.BRANCH:
            found = found.union(*(_first(branch, frozenset()) for branch in value[1]))
        else:
            return found | _chars(kind, value)
        if not _empty([(kind, value)]):
            return found
    return found | after


def _empty(parts: Sequence[Part]) -> bool:
    """Whether nothing at all fits."""
    for kind, value in parts:
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            fits = value[0] == 0 or _empty(value[2])
        elif kind is op.SUBPATTERN:
            fits = _empty(_body(value))
        elif kind is op.BRANCH:
            fits = any(map(_empty, value[1]))
        else:
            fits = kind is op.AT
        if not fits:
            return False
    return True


def _body(value: Any) -> Sequence[Part]:
    _, added, removed, body = value
    if added or removed:
        raise _TooHard("sets flags")
    return list(body)


def _chars(kind: Any, value: Any) -> Chars:
    """The characters that one part takes."""
    if kind is op.ANY:
        return _ALL
    if kind is op.LITERAL:
        return frozenset({min(value, _OTHER)})
    if kind is op.NOT_LITERAL:
        return _ALL - {value}
    if kind is op.CATEGORY:
        return _CATEGORIES[value]
    if kind is op.RANGE:
        low, high = (min(code, _OTHER) for code in value)
        return frozenset(range(low, high + 1))
    if kind is op.IN:
        negated = value[0][0] is op.NEGATE
        taken: Chars = frozenset().union(*(_chars(*part) for part in value[negated:]))
        return (_ALL - (taken - {_OTHER})) if negated else taken
    raise _TooHard(f"uses {str(kind).lower()}, which no venue's form needs")
