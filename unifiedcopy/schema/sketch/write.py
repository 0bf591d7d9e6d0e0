"""The sketch as files: a schema that a person can read, and the skeleton of its cases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..envelope import clean
from ..kinds import BY_SYMBOL, canonical_fields
from ..lint.openpoints import OPEN
from ..paths import at
from ..verbs import CORE, VERBS
from . import guess
from .enums import tables
from .propose import CLOCK, Proposal, propose
from .samples import Sample, can_be_named
from .synonyms import normal

RULE = "# -- {} " + "-" * 100


class Sketch(NamedTuple):
    """What ``new-exchange`` writes."""

    schema: str
    cases: str
    endpoints: list[Proposal]


class _Envelope(NamedTuple):
    code: str
    ok: list[Any]
    message: str | None


def sketch(schema_id: str, name: str, samples: list[Sample]) -> Sketch:
    """A first schema and its cases, from the answers of a venue."""
    envelope = _envelope(samples)
    refusals = [sample for sample in samples if _is_refusal(sample, envelope)]
    proposals = [propose(sample) for sample in samples if sample not in refusals]
    schema = "\n".join(_schema(schema_id, name, envelope, refusals, _merged(proposals)))
    return Sketch(f"{schema.rstrip()}\n", "\n".join(_cases(proposals, refusals)).rstrip() + "\n", _merged(proposals))


def _merged(proposals: list[Proposal]) -> list[Proposal]:
    """One proposal an endpoint: several samples of it put together."""
    found: dict[str, Proposal] = {}
    for made in proposals:
        if made.name not in found:
            found[made.name] = made
            continue
        first = found[made.name]
        rows = [*first.sample.rows, *made.sample.rows]
        found[made.name] = propose(first.sample._replace(rows=rows, given=first.verb or first.name))
        found[made.name].name = first.name
    return list(found.values())


# -- the schema -------------------------------------------------------------------------------------------------------


def _schema(
    schema_id: str, name: str, envelope: _Envelope | None, refusals: list[Sample], proposals: list[Proposal]
) -> Iterator[str]:
    yield f"# {name}: a sketch from sample answers. What says {OPEN} no sample tells; what says 'check' is a guess."
    yield "# `unifiedcopy check` lists what is left to do, `pytest` on this file runs the cases beside it."
    yield from _pairs({"schema": 1, "id": schema_id, "name": name, "source": f"{OPEN}: the document, and its date"})
    yield "\n[hosts]"
    yield 'rest = ["https://api.example.invalid"]  # check: the venue\'s origin'
    if envelope is not None:
        yield "\n[envelope]"
        yield from _pairs({"code": envelope.code, "ok": envelope.ok} | _given("message", envelope.message))
        yield "\n# A code belongs under errors.rejected only if the venue's words prove that nothing was done."
        yield "[errors.rejected]"
        yield '# AuthenticationError = ["…"]'
        if codes := list(dict.fromkeys(str(at(sample.answer, envelope.code)) for sample in refusals)):
            yield "[errors.unknown]"
            yield f"OperationFailed = {_literal(codes)}  # check: which class, and does it prove that nothing was done?"
    yield "\n[signing.default]  # check: everything"
    prehash = "{timestamp}{method}{path}{?query}{body}"
    yield from _pairs({"prehash": prehash, "encoding": "hex", "source": f"{OPEN}: the page that tells how to sign"})
    yield "[signing.default.headers]"
    yield from _pairs({"X-API-KEY": "{api_key}", "X-TIMESTAMP": "{timestamp}", "X-SIGNATURE": "{signature}"})
    yield "\n# [limits]"
    yield '# read = { requests = 10, seconds = 1, scope = "uid" }  # then limits = ["read"] in each endpoint'
    yield from _clock(proposals)
    yield from _symbols(proposals)
    yield from _enums(proposals)
    served = {made.verb for made in proposals}
    if missing := [verb for verb in CORE if verb not in served]:
        yield "\n[missing]"
        yield from _pairs(dict.fromkeys(missing, f"{OPEN}: an endpoint that serves it, or why the API has none"))
    for made in proposals:
        yield ""
        yield from _endpoint(made, bare=envelope is not None and at(made.sample.answer, envelope.code) is None)


def _endpoint(made: Proposal, *, bare: bool) -> Iterator[str]:
    here = f"endpoints.{made.name}"
    keys: dict[str, Any] = _given("verb", made.verb if made.verb in VERBS else None)
    keys |= {"method": "POST" if made.writes else "GET", "path": f"/{OPEN}", "source": f"{OPEN}: the page of it"}
    if made.reads:
        keys["items" if made.sample.is_list else "item"] = made.sample.path or OPEN
    if made.verb == "unfollow":
        keys["open_copies"] = "unknown"
    keys |= {"sign": "none"} if made.verb == CLOCK else {}
    keys |= {"bare": True} if bare else {}
    ids = _ids(made.sample) if made.writes else None
    yield f"[{here}]"
    yield from _pairs(keys | _given("ids", ids))
    yield from _paging(made.sample)
    if made.verb in VERBS and VERBS[made.verb].arguments:
        yield f'# [{here}.params]  # wire name = "argument", of: {", ".join(VERBS[made.verb].arguments)}'
    if made.reads:
        yield f"[{here}.fields]"
        yield from _fields(made)
    if made.verb == CLOCK or made.writes:
        return
    left = {key.path: key.values for key in made.left} | {path: [] for path in made.sample.aside()}
    named = {path: values for path, values in left.items() if can_be_named(path)}
    if named:
        yield f"[{here}.unmapped]"
        yield from _pairs({path: f"{OPEN}{_seen(values)}" for path, values in named.items()})
    yield from (f"# {clean(path)!r} can't be named here" for path in left if path not in named)


def _ids(sample: Sample) -> str | None:
    """Where the answer of a write tells an id."""
    paths = [f"{sample.path}.{key.path}" for key in sample.row_keys()] if not sample.is_list else []
    return next((path for path in paths if re.search(r"id$", path, re.IGNORECASE)), None)


def _fields(made: Proposal) -> Iterator[str]:
    lines: list[tuple[str, str, str]] = []
    if made.join:
        lines.append(("id", _literal({"join": made.join}), "no key looks like an id; these name a row together?"))
    lines += [(name, _literal(OPEN), "required, and no key looks like it") for name in made.unsaid]
    for line in made.lines:
        value = _literal({"from": line.path, **line.keys}) if line.keys else _literal(line.path)
        lines.append((line.field, value, line.check))
    width = max((len(name) for name, *_ in lines), default=0)
    for name, value, check in lines:
        yield f"{name:<{width}} = {value}" + (f"  # check: {check}" if check else "")


def _paging(sample: Sample) -> Iterator[str]:
    """A remark where an answer seems to tell of more pages."""
    names = {normal(path.rpartition(".")[2]): path for path in sample.aside()}
    for style, role, known in (("cursor", "next", guess.CURSOR_KEYS), ("number", "pages", guess.PAGES_KEYS)):
        path = next((names[name] for name in known if name in names), None)
        if path is not None:
            yield f'# paging = {{ style = "{style}", param = "…", {role} = {_literal(path)} }}  # check: more pages?'


def _clock(proposals: list[Proposal]) -> Iterator[str]:
    for made in proposals:
        for path, unit in _moments(made.sample) if made.verb == CLOCK else ():
            yield "\n[clock]"
            yield from _pairs({"endpoint": made.name, "time": path, "unit": unit})
            return


def _moments(sample: Sample) -> Iterator[tuple[str, str]]:
    places = [key.path for key in sample.row_keys()]
    paths = [*(f"{sample.path}.{path}" for path in places), *sample.answer]
    for path in paths:
        value = guess.number(at(sample.answer, path))
        for unit in ("ms", "s", "ns"):
            if value is not None and guess.is_moment(int(value), unit):
                yield path, unit


def _symbols(proposals: list[Proposal]) -> Iterator[str]:
    names = []
    for made in proposals:
        paths = {line.path for line in made.lines if line.field == "venue_symbol"}
        names += [str(value) for key in made.sample.row_keys() if key.path in paths for value in key.values if value]
    forms, strangers = guess.symbol_forms(names)
    for form in forms:
        yield "\n[[symbols]]"
        yield from _pairs(form)
        yield '# check: a contract that settles in its quote currency? Spot is symbol = "{base}/{quote}"'
    if strangers:
        yield f"# check: no form for {', '.join(clean(name) for name in strangers[:5])}"


def _enums(proposals: list[Proposal]) -> Iterator[str]:
    found = {name: (table, check) for name, (table, check) in tables(proposals).items() if table}
    if found:
        yield "\n[enums]"
    for name, (table, check) in found.items():
        yield f"{name} = {_literal(table)}" + (f"  # check: {check}" if check else "")


def _envelope(samples: list[Sample]) -> _Envelope | None:
    """The keys that most answers are wrapped with, and the codes of those that hold something."""
    coded = [sample for sample in samples if sample.code is not None]
    if not coded:
        return None
    names = [str(sample.code) for sample in coded]
    code = max(dict.fromkeys(names), key=names.count)
    full = [sample for sample in coded if sample.code == code and sample.rows] or coded
    ok = [value for sample in full if (value := at(sample.answer, code)) is not None]
    message = next((sample.message for sample in coded if sample.message), None)
    return _Envelope(code, list(dict.fromkeys(ok)), message)


def _is_refusal(sample: Sample, envelope: _Envelope | None) -> bool:
    if envelope is None or sample.rows:
        return False
    code = at(sample.answer, envelope.code)
    return code is not None and code not in envelope.ok


# -- the cases --------------------------------------------------------------------------------------------------------


def _cases(proposals: list[Proposal], refusals: list[Sample]) -> Iterator[str]:
    yield f"# What the samples mean: work out every {OPEN} by hand from the venue's pages, never from what is read."
    for made in proposals:
        if made.reads:
            yield from _answer(made)
        elif made.writes:
            yield "\n[[accepted]]"
            yield from _pairs({"endpoint": made.name, "file": made.sample.file.name})
            if (ids := _ids(made.sample)) is not None:
                yield f'ids = ["{OPEN}"]  # {ids} = {_shown(at(made.sample.answer, ids))}'
        elif made.verb == CLOCK:
            yield "\n[[time]]"
            path, unit = next(_moments(made.sample), ("", "ms"))
            yield from _pairs({"file": made.sample.file.name})
            yield f"ms = 0  # check: {path} in {unit} is {at(made.sample.answer, path) if path else OPEN}"
    for sample in refusals:
        yield "\n[[error]]"
        endpoint = proposals[0].name if proposals else OPEN
        yield from _pairs({"endpoint": endpoint, "file": sample.file.name, "status": 200})
        yield 'class = "OperationFailed"  # check: which class, and which HTTP status'
        yield 'outcome = "unknown"'
    for verb in dict.fromkeys(made.verb for made in proposals if made.verb in VERBS):
        yield "\n[[request]]"
        yield from _pairs({"says": f"{OPEN}: what is asked for", "verb": verb, **_called_with(verb or "")})
        yield "[request.expect]"
        yield from _pairs({"method": "POST" if VERBS[verb or ""].writes else "GET", "path": f"/{OPEN}"})
    yield "\n[[signature]]"
    parts = dict.fromkeys(("says", "api_key", "secret", "timestamp", "path", "query", "body", "expect"), OPEN)
    yield from _pairs({**parts, "says": f"{OPEN}: the venue's own example"})


def _called_with(verb: str) -> dict[str, Any]:
    """The arguments of a verb that needs some, to be filled in."""
    arguments = VERBS[verb].arguments
    given: dict[str, Any] = {"args": {"leader": OPEN}} if VERBS[verb].writes and "leader_id" in arguments else {}
    if "position.id" in arguments:
        given["position"] = {"id": OPEN, "venue_symbol": OPEN, "side": "long", "size": OPEN}
    if "take_profit.price" in arguments:
        given["args"] = {"take_profit": {"price": OPEN}}
    if "sizing.value" in arguments:
        given["settings"] = {"sizing": {"fixed_amount": OPEN}}
    return given


def _answer(made: Proposal) -> Iterator[str]:
    yield "\n[[answer]]"
    yield from _pairs({"says": f"{OPEN}: what it shows", "endpoint": made.name, "file": made.sample.file.name})
    known = canonical_fields(VERBS[made.verb or ""].returns)
    for row in made.sample.rows:
        lines = [line for line in made.lines if at(row, line.path) not in guess.NOTHING]
        remarks = {line.field: f"{line.path} = {_shown(at(row, line.path))}" for line in lines}
        made_of = ["id"] if made.join else []
        symbols = [name for name, one in known.items() if one.kind in BY_SYMBOL and "venue_symbol" in remarks]
        listed = [name for name in known if name in remarks or name in made_of or name in symbols]
        width = max(map(len, listed), default=0)
        yield "[[answer.rows]]"
        for name in listed:
            yield f'{name:<{width}} = "{OPEN}"' + (f"  # {remarks[name]}" if name in remarks else "")


# -- TOML -------------------------------------------------------------------------------------------------------------


def _pairs(keys: dict[str, Any]) -> Iterator[str]:
    names = {key: key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key) for key in keys}
    width = max(map(len, names.values()), default=0)
    for key, value in keys.items():
        yield f"{names[key]:<{width}} = {_literal(value)}"


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_literal(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def _given(key: str, value: Any) -> dict[str, Any]:
    return {} if value is None else {key: value}


def _seen(values: list[Any]) -> str:
    said = next((value for value in values if value not in guess.NOTHING), None)
    return "" if said is None else f": such as {_shown(said)}"


def _shown(value: Any) -> str:
    """A value in a remark: short, on one line."""
    text = clean(str(value) if not isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= 50 else f"{text[:50]}…"
