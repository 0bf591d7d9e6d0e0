"""Holds plain keys against the model: unknown keys, missing keys, wrong types, all of them at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from .lines import Key


class Flaw(NamedTuple):
    """Something wrong at a key; ``hint`` is the cure."""

    path: Key
    message: str
    hint: str = ""
    missing: str | None = None
    """The name of a key that is missing there."""


def suggestion(word: str, known: Iterable[str], taken: Iterable[str] = ()) -> str:
    """``did you mean …`` for a word that is none of the known ones, else the known ones; one that is ``taken`` was
    hardly meant.
    """
    names = sorted(known)
    left = sorted({*names}.difference(taken))
    close = [*difflib.get_close_matches(word, left, 1, 0.6), *difflib.get_close_matches(word, names, 1, 0.6)]
    return f"did you mean {close[0]!r}?" if close else f"one of: {', '.join(names)}" if names else ""


def flaws(value: Any, typ: Any, path: Key = ()) -> Iterator[Flaw]:
    """Everything in a value that its type does not allow."""
    choices = [option for option in options(typ) if option is not NoneType]
    structs = [option for option in choices if isinstance(option, type) and issubclass(option, msgspec.Struct)]
    maps = [option for option in choices if get_origin(bare(option)) is dict]
    if isinstance(value, dict) and structs:
        yield from _struct_flaws(value, structs[0], path)
    elif isinstance(value, dict) and maps:
        yield from _map_flaws(value, bare(maps[0]), path)
    elif isinstance(value, list) and (
        lists := [bare(option) for option in choices if get_origin(bare(option)) is list]
    ):
        if (fault := _fault(value, typ)) and not any(isinstance(entry, dict) for entry in value):
            yield Flaw(path, fault, _cure(value, typ))
            return
        for index, entry in enumerate(value):
            yield from flaws(entry, get_args(lists[0])[0], (*path, str(index)))
    elif fault := _fault(value, typ):
        yield Flaw(path, fault, _cure(value, typ))


def _cure(value: Any, typ: Any) -> str:
    """What may stand there: the words of a choice, else what the manual says of the key."""
    choices = [word for option in map(bare, options(typ)) if get_origin(option) is Literal for word in get_args(option)]
    if choices:
        return suggestion(str(value), map(str, choices))
    metas = get_args(typ)[1:] if get_origin(typ) is Annotated else ()
    return next((meta.description for meta in metas if isinstance(meta, msgspec.Meta) and meta.description), "")


def _struct_flaws(value: dict[str, Any], struct: type[msgspec.Struct], path: Key) -> Iterator[Flaw]:
    known = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    misspelt = set()
    for key in value:
        if key not in known:
            misspelt |= set(difflib.get_close_matches(key, known.keys() - value.keys(), 1, 0.6))
            yield Flaw((*path, key), f"there is no key {key!r} here", suggestion(key, known, value))
    for name, field in known.items():
        if name in value:
            yield from flaws(value[name], field.type, (*path, name))
        elif field.required and name not in misspelt:
            yield Flaw(path, f"the key {name!r} is missing", missing=name)


def _map_flaws(value: dict[str, Any], typ: Any, path: Key) -> Iterator[Flaw]:
    key_type, value_type = get_args(typ)
    for key, entry in value.items():
        if fault := _fault(key, key_type):
            yield Flaw((*path, key), f"the name {key!r}: {fault}")
        yield from flaws(entry, value_type, (*path, key))


def _fault(value: Any, typ: Any) -> str | None:
    try:
        msgspec.convert(value, typ)
    except msgspec.ValidationError as error:
        return f"{value!r}: {error}" if not isinstance(value, dict | list) else str(error)
    return None


def bare(typ: Any) -> Any:
    """A type without its annotations."""
    return get_args(typ)[0] if get_origin(typ) is Annotated else typ


def options(typ: Any) -> list[Any]:
    """The alternatives of a type."""
    plain = bare(typ)
    if get_origin(plain) in (Union, UnionType):
        return [inner for part in get_args(plain) for inner in options(part)]
    return [typ if get_origin(plain) not in (dict, list) else plain]
