"""One change of a schema: what stands at a key becomes something else, and nothing besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from itertools import pairwise
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from ...schema.lines import Key

Table = dict[str, Any]
DROPPED: Any = object()
"""In place of a value: the key is gone."""


class Mutant(NamedTuple):
    """A schema with one change."""

    name: str
    """The key, and the change in words: what a list of known survivors names it by."""
    edits: tuple[tuple[Key, Any], ...]
    """Key -> its new value; two of them where something moves."""

    @property
    def endpoint(self) -> str | None:
        """The endpoint that it concerns; None when it concerns them all."""
        first = self.edits[0][0]
        return first[1] if first[0] == "endpoints" else None

    def keys(self, original: Table) -> Table:
        """The keys of the changed schema."""
        changed = deepcopy(original)
        for path, value in self.edits:
            _put(changed, path, value)
        return changed


def changed(path: Key, old: Any, new: Any) -> Mutant:
    return Mutant(f"{dotted(path)}: {shown(old)} -> {shown(new)}", ((path, new),))


def dropped(path: Key) -> Mutant:
    return Mutant(f"{dotted(path)}: dropped", ((path, DROPPED),))


def others(path: Key, old: Any, values: Iterable[Any]) -> Iterator[Mutant]:
    """A change to each of some values but the one that stands there."""
    yield from (changed(path, old, value) for value in values if value != old)


def renamed(path: Key, table: Table, name: str, new: str) -> Mutant:
    """A key of a table under another name, at its place."""
    after = {new if key == name else key: value for key, value in table.items()}
    return Mutant(f"{dotted((*path, name))}: renamed {new}", ((path, after),))


def fewer(path: Key, values: Sequence[Any]) -> Iterator[Mutant]:
    """A list without one of its entries, each in turn."""
    for index, value in enumerate(values):
        rest = [entry for number, entry in enumerate(values) if number != index]
        yield Mutant(f"{dotted(path)}: without {shown(value)}", ((path, rest),))


def fewer_keys(path: Key, table: Table) -> Iterator[Mutant]:
    yield from (dropped((*path, name)) for name in table)


def swapped(path: Key, table: Table) -> Iterator[Mutant]:
    """A table in which two neighbours have each other's value."""
    names = list(table)
    for one, two in pairwise(names):
        if table[one] != table[two]:
            edits = ((*path, one), table[two]), ((*path, two), table[one])
            yield Mutant(f"{dotted(path)}: {one} and {two} swapped", edits)


def flipped(path: Key, old: bool) -> Mutant:
    return changed(path, old, not old)


def longer(path: Key, text: str) -> Mutant:
    """A name that is misspelt."""
    return changed(path, text, f"{text}X")


def nearby(path: Key, number: int | str) -> Iterator[Mutant]:
    """A number that is one more; for one in text also one less."""
    if isinstance(number, int):
        yield changed(path, number, number + 1)
        return
    whole = int(number.partition(".")[0])
    yield changed(path, number, str(whole + 1))
    yield changed(path, number, str(whole - 1))


def after(value: Any, values: Sequence[Any]) -> Any:
    """The next of some values, round in a circle; None when there is no other."""
    rest = [entry for entry in values if entry != value]
    if not rest:
        return None
    following = values[values.index(value) + 1 :] if value in values else values
    return next((entry for entry in following if entry != value), rest[0])


def words(struct: type[Any], key: str) -> tuple[str, ...]:
    """The words that a key of the language may say."""

    def literals(hint: Any) -> Iterator[str]:
        if get_origin(hint) is Literal:
            yield from get_args(hint)
        else:
            for inner in get_args(hint):
                yield from literals(inner)

    return tuple(literals(get_type_hints(struct)[key]))


def dotted(path: Key) -> str:
    return ".".join(path)


def shown(value: Any) -> str:
    return repr(value) if not isinstance(value, dict) else "{" + ", ".join(value) + "}"


def _put(target: Any, path: Key, value: Any) -> None:
    for part in path[:-1]:
        target = target[int(part)] if isinstance(target, list) else target.setdefault(part, {})
    if isinstance(target, list):
        target[int(path[-1])] = value
    elif value is DROPPED:
        target.pop(path[-1], None)
    else:
        target[path[-1]] = value
