"""Python for a field that the language can't say: ``size = { hook = "open_size", unit = "base" }``.

The function ``open_size`` in ``hooks.py`` takes a row as the venue sent it (a dict, fractions as ``Decimal``) and
returns the canonical value: ``Decimal``, text, milliseconds, ``Price`` or ``Roi``, or None for what the venue doesn't
say. The file stands beside the schema that names the hook; a built-in schema's is ``exchanges/<id>/hooks.py``. Any
other is a stranger's code, and is imported only with ``connect(…, allow_hooks=True)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import errors
from ..models import Price, Roi
from .document import Source, display_name
from .expressions import as_field
from .kinds import EARLIEST, LATEST, WORDS, Canonical
from .places import is_built_in, leads_out

if TYPE_CHECKING:
    from .api import Api
    from .generate import Line

MAKES: dict[str, tuple[type[Any], ...]] = {
    **dict.fromkeys(("decimal", "level", "ratio", "size"), (Decimal,)),
    **dict.fromkeys((*WORDS, "side", "enum"), (str,)),
    **dict.fromkeys(("count", "time"), (int,)),
    "flag": (bool,),
    "trigger": (Price, Roi),
    "symbols": (tuple,),
}
"""Kind of a field that may have a hook -> what the hook returns."""


class Hook(NamedTuple):
    """One line of a schema that names a function."""

    endpoint: str
    field: str
    name: str
    source: Source
    """The file of the schema that says so: a hook inherited from a built-in schema is a built-in one."""

    @property
    def foreign(self) -> bool:
        """Whether it is code that somebody else wrote."""
        return not is_built_in(self.source.path)

    @property
    def file(self) -> str:
        """Where the function is, for people."""
        folder = self.source.path.parent
        return str(folder / "hooks.py") if self.foreign else f"exchanges/{folder.name}/hooks.py"

    def __str__(self) -> str:
        return f"{self.endpoint}.{self.field} = {self.name}() of {self.file}"


def hooks_of(api: Api) -> list[Hook]:
    """Every hook of a schema, in the order of its lines."""
    return [
        Hook(endpoint, name, hook, api.document.source_of("endpoints", endpoint, "fields", name, "hook"))
        for endpoint, spec in api.schema.endpoints.items()
        for name, line in spec.fields.items()
        if (hook := as_field(line).hook) is not None
    ]


def hook_lines(api: Api) -> Iterator[str]:
    """The hooks of a schema for people, counted."""
    hooks = hooks_of(api)
    for number, hook in enumerate(hooks):
        yield f"{f'hooks: {len(hooks)}' if number == 0 else '':<20} {hook}"


def load_hooks(api: Api, *, allowed: bool) -> None:
    """Makes the hooks of a schema ready.

    Raises:
        ConfigError: one is of a stranger and not ``allowed``; nothing was imported.
        SchemaError: the file or the function isn't there, or the file fails.
    """
    hooks = hooks_of(api)
    foreign = [hook for hook in hooks if hook.foreign]
    if foreign and not allowed:
        raise errors.ConfigError(
            f"{api.schema.id} runs Python of its own: {'; '.join(map(str, foreign))}. Read the file; "
            "connect(…, allow_hooks=True), or --allow-hooks on the command line, runs it",
            exchange=api.schema.id,
        )
    for hook in hooks:
        api.hooks.setdefault(hook.endpoint, {})[hook.field] = _function(hook)


def hooked(hooks: Mapping[str, Any], line: Line, row: dict[str, Any]) -> Any:
    """What a hook makes of a row, held against the field that it is for."""
    name = line.canonical.name
    if name not in hooks:
        raise ValueError(f"the hook {line.field.hook!r} is not loaded; connect(…, allow_hooks=True) does")
    value = hooks[name](row)
    if fault := _fault(line.canonical, value):
        raise ValueError(f"the hook {line.field.hook!r} made {value!r}: {fault}")
    return value


def _fault(canonical: Canonical, value: Any) -> str | None:
    """Why a value does not fit its field."""
    if value is None:
        return f"{canonical.name} is required" if canonical.required else None
    wanted = MAKES[canonical.kind]
    if type(value) not in wanted:
        return f"{canonical.name} is {' or '.join(kind.__name__ for kind in wanted)}, not {type(value).__name__}"
    amount = value.value if isinstance(value, Price | Roi) else value
    if isinstance(amount, Decimal) and not amount.is_finite():
        return "not a finite number"
    faults = {
        "not greater than zero": canonical.kind == "size" and isinstance(amount, Decimal) and not amount > 0,
        "empty; return None for nothing": value == "",
        f"none of {', '.join(canonical.choices)}": bool(canonical.choices) and value not in canonical.choices,
        "not a time in milliseconds": canonical.kind == "time" and not EARLIEST <= value < LATEST,
        "less than zero": canonical.kind == "count" and value < 0,
    }
    return next((fault for fault, wrong in faults.items() if wrong), None)


def _function(hook: Hook) -> Any:
    where = f"{display_name(hook.source.path)}, hook {hook.name!r}"
    try:
        module = _strange(Path(hook.file)) if hook.foreign else _own(hook.source.path.parent.name)
    except Exception as error:
        raise errors.SchemaError(f"{where}: {hook.file} can't be imported ({type(error).__name__}: {error})") from error
    function = getattr(module, hook.name, None)
    if not callable(function):
        raise errors.SchemaError(f"{where}: {hook.file} has no function of that name")
    return function


def _own(venue: str) -> Any:
    return import_module(f"unifiedcopy.exchanges.{venue}.hooks")


@cache
def _strange(path: Path) -> Any:
    if leads_out(path, path.parent):
        raise ImportError("it leads out of its folder by a symbolic link")
    spec = spec_from_file_location(f"unifiedcopy_hooks_{path.parent.name}", path)
    if spec is None or spec.loader is None:
        raise ImportError("it is no Python file")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
