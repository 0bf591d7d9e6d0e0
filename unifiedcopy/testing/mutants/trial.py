"""Which changes of a schema its checks notice."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

import msgspec

from ...schema.api import Api
from ...schema.document import Document, read_document
from ...schema.lint import lint
from ...schema.model import Schema
from ..cases import CaseFiles, load_cases
from ..checks import Check, checks_of
from ..samples import Subject
from .change import Mutant
from .endpoints import of_an_endpoint
from .whole import of_the_file


def mutants(document: Document) -> Iterator[Mutant]:
    """Every schema that differs from a file by one change; what the file extends stays as it is."""
    own = document.sources[0].keys
    original = _meaning(document.keys)
    seen = {original}
    for mutant in _changes(own, document):
        meaning = _meaning(mutant.keys(document.keys))
        if meaning is None or meaning not in seen:
            seen.add(meaning)
            yield mutant


def _changes(own: dict[str, object], document: Document) -> Iterator[Mutant]:
    yield from of_the_file(own)
    for name, endpoint in own.get("endpoints", {}).items():  # type: ignore[attr-defined]
        yield from of_an_endpoint(name, endpoint, document.keys)


def _meaning(keys: dict[str, object]) -> bytes | None:
    """What the keys say once defaults are filled in; None where they are no schema."""
    try:
        return msgspec.msgpack.encode(msgspec.convert(keys, Schema))
    except msgspec.ValidationError:
        return None


class Report(NamedTuple):
    """How a schema's checks did."""

    id: str
    caught: int
    all: int
    survivors: list[str]

    @property
    def share(self) -> float:
        return self.caught / self.all if self.all else 1.0

    def __str__(self) -> str:
        return f"{self.id}: {self.caught} / {self.all} mutants caught ({self.share:.1%})"


class Trial:
    """A schema with its cases, ready to be changed."""

    def __init__(self, place: CaseFiles) -> None:
        self.place = place
        self.document = read_document(place.schema)
        self.cases = load_cases(place)

    @cached_property
    def every(self) -> list[Mutant]:
        """Every change, also those that the cases call equivalent."""
        return list(mutants(self.document))

    @cached_property
    def mutants(self) -> list[Mutant]:
        """Every change that could matter."""
        return [mutant for mutant in self.every if mutant.name not in self.cases.equivalent]

    def sample(self, number: int, seed: int) -> list[Mutant]:
        """Some of them, the same for a seed."""
        if number >= len(self.mutants):
            return self.mutants
        chosen = set(random.Random(seed).sample(range(len(self.mutants)), number))  # noqa: S311 (no secret)
        return [mutant for index, mutant in enumerate(self.mutants) if index in chosen]

    def run(self, chosen: Iterable[Mutant] | None = None) -> Report:
        """What is caught of some changes, or of all of them."""
        tried = list(self.mutants if chosen is None else chosen)
        survivors = [mutant.name for mutant in tried if self.caught_by(mutant) is None]
        return Report(self.place.id, len(tried) - len(survivors), len(tried), survivors)

    def caught_by(self, mutant: Mutant) -> str | None:
        """The name of the first check that falls; None when every check passes.

        What is likely and cheap is asked first: the cases, those of the changed endpoint before others, then lint.
        """
        document = Document(mutant.keys(self.document.keys), self.document.sources)
        try:
            schema = msgspec.convert(document.keys, Schema)
        except msgspec.ValidationError:
            return "schema: its form"
        try:
            subject = Subject(Api(schema, document), self.cases)
            checks = _nearest_first(checks_of(subject), mutant)
            found = next((check.name for check in checks if _falls(check)), None)
        except Exception as error:  # lint refuses what can't even be asked
            found = None if lint(document, self.place.schema) else f"{type(error).__name__}: {error}"
        if found is not None:
            return found
        return "schema: no problems" if lint(document, self.place.schema) else None


def _nearest_first(checks: Iterable[Check], mutant: Mutant) -> list[Check]:
    return sorted(checks, key=lambda check: _distance(check, mutant))


def _distance(check: Check, mutant: Mutant) -> int:
    about = check.name.partition(":")[0]
    if about == mutant.endpoint:
        return 0
    whole = {"errors": "errors", "signing": "signing", "clock": "clock"}
    if whole.get(mutant.edits[0][0][0]) == about:
        return 0
    return 1 if about in ("request", "refused") else 2


def _falls(check: Check) -> bool:
    return next(iter(check.run()), None) is not None
