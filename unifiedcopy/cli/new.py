"""``new-exchange``: a first schema from sample answers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from ..errors import ConfigError
from ..schema import schema_ids
from ..schema.document import read_document
from ..schema.lint import lint
from ..schema.places import found
from ..schema.sketch import Sketch, read_sample, sketch
from .exits import Exit, Usage
from .options import command
from .output import Output

ID = re.compile(r"[a-z0-9]+/[a-z0-9-]+", re.ASCII)


def register(app: typer.Typer) -> None:
    """Adds the command."""
    command(app, "new-exchange")(new_exchange)


async def new_exchange(
    out: Output,
    schema_id: Annotated[str, typer.Argument(metavar="ID", help="<venue>/<api>, such as acme/v1.")],
    sample: Annotated[
        list[str],
        typer.Option(
            "--from",
            metavar="[NAME=]FILE",
            help="A sample answer (JSON), of this endpoint or verb; repeatable.",
        ),
    ],
    name: Annotated[str | None, typer.Option(help="The venue's name; default: the first part of the id.")] = None,
    to: Annotated[Path | None, typer.Option("--out", help="The schema file; default: ./<venue>/<api>.toml.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
) -> Exit:
    """Write a first schema from sample answers: every wire key listed, likely mappings proposed by name.

    Beside it go the cases for the test kit, with copies of the samples. Then `unifiedcopy check FILE` tells what is
    left, until nothing is, and `pytest FILE` whether the samples are read as you worked out.
    """
    schema_id = _free_id(schema_id)
    path = _place(schema_id, to)
    samples = [read_sample(*_named(given)) for given in sample]
    made = sketch(schema_id, name or schema_id.partition("/")[0].capitalize(), samples)
    copies = {path.with_name(f"{path.stem}.cases") / one.file.name: one.body for one in samples}
    if len(copies) < len(samples):
        raise Usage("--from: two samples have the same file name; rename one of them")
    cases = path.with_name(f"{path.stem}.cases.toml")
    _write({path: made.schema.encode(), cases: made.cases.encode(), **copies}, force=force)
    _tell(out, schema_id, path, made)
    return Exit.OK


def _free_id(schema_id: str) -> str:
    if not ID.fullmatch(schema_id):
        raise Usage(f"{schema_id!r} is no id: <venue>/<api>, small letters and digits, such as acme/v1")
    if schema_id in schema_ids() or schema_id in found().places:
        raise Usage(f"{schema_id} exists; choose another id, or edit its schema (`unifiedcopy show {schema_id}`)")
    return schema_id


def _place(schema_id: str, to: Path | None) -> Path:
    """Where the schema goes: a file must stand where its id says."""
    path = Path(f"{schema_id}.toml") if to is None else to
    if path.is_dir():
        path /= f"{schema_id}.toml"
    full = path.absolute()
    if f"{full.parent.name}/{full.name}" != f"{schema_id}.toml":
        raise Usage(f"--out: a schema stands at its id; {path} should end in {schema_id}.toml")
    return path


def _named(given: str) -> tuple[str | None, Path]:
    """``[name=]file``; a file whose own name holds an equals sign needs a name before it."""
    name, equals, file = given.partition("=")
    if not equals or Path(given).exists():
        return None, Path(given)
    if not re.fullmatch(r"[A-Za-z][\w.-]*", name, re.ASCII) or not file:
        raise Usage(f"--from: {given!r} is not [NAME=]FILE, such as positions=answer.json")
    return name, Path(file)


def _write(files: dict[Path, bytes], *, force: bool) -> None:
    there = [str(path) for path in files if path.exists()]
    if there and not force:
        raise Usage(f"{', '.join(there)}: exists; --force overwrites")
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise ConfigError(f"{error.filename}: can't be written ({error.strerror})") from None


def _tell(out: Output, schema_id: str, path: Path, made: Sketch) -> None:
    findings = lint(read_document(path.absolute()), path.absolute())
    cases = path.with_name(f"{path.stem}.cases.toml")
    endpoints = [
        {"endpoint": one.name, "verb": one.verb, "mapped": len(one.lines), "open": len(one.left)}
        for one in made.endpoints
    ]
    if out.as_json:
        files = {"schema_file": str(path), "cases_file": str(cases)}
        out.document("new-exchange", id=schema_id, **files, endpoints=endpoints, open=len(findings))
        return
    lines = [f"{path}: {len(findings)} points are open"]
    for one in endpoints:
        keys = f"{one['mapped']} keys mapped, {one['open']} to decide"
        lines.append(f"  {one['endpoint']:<22} {one['verb'] or 'raw':<20} {keys}")
    lines += [f"{cases}: what each sample means, to be worked out by hand", "", "next:"]
    out.show("\n".join([*lines, f"  unifiedcopy check {path}", f"  pytest {path}"]))
