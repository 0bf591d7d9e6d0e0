"""Plain keys without the parts of a wrong shape, so that the rules see the rest of a file in the same pass."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any, Literal, get_args, get_origin

import msgspec

from ..lines import Key
from ..model import Endpoint, Schema
from ..structure import Flaw, bare, flaws, options

ROUNDS = 4
"""A wrong value is taken away, then what is missing is filled in; nested faults show one after the other."""
_DECISIVE = ("verb", "method", "rows")
_KNOWN = frozenset(field.encode_name for field in msgspec.structs.fields(Endpoint))
_FILLINGS: tuple[Any, ...] = ("x", "/x", "x/x", 1, {}, ["https://x.example"], ["x"], False)


def repaired(keys: dict[str, Any], found: list[Flaw]) -> tuple[dict[str, Any] | None, list[Key]]:
    """The keys in a shape that a schema can be made of (None when that fails), and what is not as the file says."""
    mended = deepcopy(keys)
    touched: list[Key] = []
    for _ in range(ROUNDS):
        for flaw in found:
            touched += _mend(mended, flaw)
        found = list(flaws(mended, Schema))
        if not found:
            return mended, touched
    return None, touched


def touches(path: Key, mended: Iterable[Key]) -> bool:
    """Whether a finding may come from the repair: it is about a part that was mended, or about what holds one."""
    return any(path[: len(part)] == part[: len(path)] for part in map(_scope, mended))


def _scope(part: Key) -> Key:
    """How far a repair reaches: what may be the name of a decisive key decides about all of its endpoint."""
    decides = len(part) == 3 and part[0] == "endpoints" and (part[2] in _DECISIVE or part[2] not in _KNOWN)
    return part[:2] if decides else part


def _mend(keys: dict[str, Any], flaw: Flaw) -> list[Key]:
    holder = _at(keys, flaw.path)
    if flaw.missing is not None and isinstance(holder, dict):
        filling = _filling(flaw.path, flaw.missing)
        if filling is not None:
            holder[flaw.missing] = filling
        return [(*flaw.path, flaw.missing)]
    *parents, last = flaw.path or ("",)
    parent = _at(keys, tuple(parents))
    if isinstance(parent, list) and last.isdigit() and int(last) < len(parent):
        del parent[int(last)]
    elif isinstance(parent, dict):
        parent.pop(last, None)
    return [flaw.path]


def _at(value: Any, path: Key) -> Any:
    for part in path:
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            return None
    return value


def _filling(path: Key, name: str) -> Any:
    """Something that a required key may be; the findings about it are not told."""
    wanted = _type_at((*path, name))
    literal = bare(wanted)
    if get_origin(literal) is Literal:
        return get_args(literal)[0]
    for filling in _FILLINGS:
        try:
            msgspec.convert(filling, wanted)
        except msgspec.ValidationError:
            continue
        return filling
    return None


def _type_at(path: Key) -> Any:
    typ: Any = Schema
    for part in path:
        for option in options(typ):
            plain = bare(option)
            if isinstance(plain, type) and issubclass(plain, msgspec.Struct):
                typ = next((field.type for field in msgspec.structs.fields(plain) if field.encode_name == part), Any)
                break
            if get_origin(plain) in (dict, list):
                typ = get_args(plain)[-1]
                break
    return typ
