"""Mutation proof: a schema with one thing changed must not pass.

``python -m unifiedcopy.testing.mutants schemas/acme/v1.toml`` changes one thing at a time in a schema (a path, a unit,
two enum values, the class of an error code, a limit, the order of what is signed, …) and asks lint and the schema's
cases about it. What passes unnoticed is printed: a case is missing there. A change that can't matter is listed in the
case file with the reason::

    [equivalent]
    "endpoints.positions.paging.max_size: 100 -> 101" = "…"
"""

from __future__ import annotations

from .change import Mutant as Mutant
from .trial import Report as Report
from .trial import Trial as Trial
from .trial import mutants as mutants

__all__ = ["Mutant", "Report", "Trial", "mutants"]
