"""``exchanges --coverage``: what the venues document, and how much of it there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from ..coverage import Coverage, Covered, coverage, covered_ids
from ..registry import find
from ..schema.catalogue import ROLES
from .exits import Exit
from .output import Output
from .tables import NOTHING, Column, markdown_table, show_table

Test = Callable[[Covered], bool | None]
COUNTS: dict[str, Test] = {
    "declared": lambda row: bool(row.names),
    "mapped": lambda row: bool(row.verbs),
    "tested": lambda row: row.tested,
    "emulated": lambda row: row.emulated,
}


def show_coverage(out: Output, venue: str | None, *, markdown: bool) -> Exit:
    """Prints the counts of every API; of one, its endpoints one by one."""
    ids = covered_ids()
    found = [coverage(name) for name in (ids if venue is None else [venue if venue in ids else find(venue).id])]
    if out.as_json:
        out.document("coverage", apis=[_document(api) for api in found])
    elif markdown:
        out.show("\n".join(markdown_table(found, COLUMNS)))
    elif venue is None:
        show_table(out, found, COLUMNS, "no schemas")
        out.say("`unifiedcopy exchanges VENUE --coverage` tells every endpoint", "dim")
    else:
        show_table(out, found[0].endpoints, ENDPOINT_COLUMNS, "no catalogue")
    return Exit.OK


def count(api: Coverage, test: Test) -> int | None:
    """How many documented endpoints pass; None if one of them is not known to."""
    passed = [test(row) for row in api.documented]
    return None if None in passed else sum(map(bool, passed))


def _counted(name: str) -> Column:
    return Column(name, lambda api: _or_nothing(api, count(api, COUNTS[name])), 9, right=True)


def _or_nothing(api: Coverage, number: int | None) -> str:
    return NOTHING if number is None or not api.endpoints else str(number)


def _roles(api: Coverage) -> str:
    each = Counter(row.listed.role for row in api.documented)
    return ", ".join(f"{each[role]} {role}" for role in ROLES if each[role]) or NOTHING


def _undocumented(api: Coverage) -> str:
    rows = api.undocumented
    return f"{sum(bool(row.names) for row in rows)} of {len(rows)}" if rows else NOTHING


def _yes(answer: bool | None) -> str:
    return NOTHING if answer is None else "yes" if answer else "no"


COLUMNS = [
    Column("id", lambda api: api.id, 9),
    Column("documented", lambda api: _or_nothing(api, len(api.documented)), 9, right=True),
    Column("of which", _roles, 5),
    *map(_counted, COUNTS),
    Column("declared from clients' code", _undocumented, 4, right=True),
]
ENDPOINT_COLUMNS = [
    Column("role", lambda row: row.listed.role, 6),
    Column("endpoint", lambda row: f"{row.listed.method} {row.listed.path}", 9),
    Column("title", lambda row: row.listed.title, 2),
    Column("documented", lambda row: _yes(row.listed.documented), 3),
    Column("declared as", lambda row: ", ".join(row.names) or "no", 8),
    Column("verb", lambda row: ", ".join(row.verbs) or NOTHING, 7),
    Column("tested", lambda row: _yes(row.tested), 5),
    Column("emulated", lambda row: _yes(row.emulated), 4),
]


def _document(api: Coverage) -> dict[str, Any]:
    return {
        "id": api.id,
        "documented": len(api.documented),
        **{name: count(api, test) for name, test in COUNTS.items()},
        "endpoints": [
            {
                **row.listed._asdict(),
                "declared_as": row.names,
                "verbs": row.verbs,
                "tested": row.tested,
                "emulated": row.emulated,
            }
            for row in api.endpoints
        ],
        "beyond": api.beyond,
    }
