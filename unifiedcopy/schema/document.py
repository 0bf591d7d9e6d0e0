"""Schema files: where they are, what they hold, and which line a key stands on.

``<package>/schemas/<id>/<api>.toml`` in an installed package, ``<checkout>/schemas/…`` beside the package in a
checkout. A file may start from another one (``extends``); each key remembers the file and line that it came from.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from .. import errors
from .lines import Key, key_lines, line_of

_PACKAGE = Path(__file__).resolve().parents[1]
MAX_BYTES = 1_000_000


def schema_folder() -> Path:
    """Where the shipped schema files are."""
    packaged = _PACKAGE / "schemas"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "schemas"


class Source(NamedTuple):
    """One file of a schema: its name as a reader would give it, and the lines of its keys."""

    name: str
    lines: dict[Key, int]
    keys: dict[str, Any]


class Document(NamedTuple):
    """A schema file with all that it extends, as plain keys."""

    keys: dict[str, Any]
    sources: tuple[Source, ...]
    """The file itself first."""

    def where(self, *path: str) -> str:
        """``file:line`` of a key, in the file that says it."""
        for source in self.sources:
            if _holds(source.keys, path):
                return f"{source.name}:{line_of(source.lines, path)}"
        return f"{self.sources[0].name}:{line_of(self.sources[0].lines, path)}"


def schema_ids() -> list[str]:
    """``<id>/<api>`` of every shipped schema."""
    folder = schema_folder()
    return sorted(f"{path.parent.name}/{path.stem}" for path in folder.glob("*/*.toml"))


def read_document(path: Path, seen: tuple[Path, ...] = ()) -> Document:
    """The keys of a file over those of the file that it extends.

    Raises:
        SchemaError: not readable, not TOML, or extends in a circle.
    """
    name = display_name(path)
    if path in seen:
        raise errors.SchemaError(
            f"{name}: extends in a circle: {' -> '.join(display_name(entry) for entry in (*seen, path))}"
        )
    try:
        encoded = path.read_bytes()
        if len(encoded) > MAX_BYTES:
            raise errors.SchemaError(f"{name}: larger than {MAX_BYTES:,} bytes, which no schema is")
        text = encoded.decode()
        keys = tomllib.loads(text)
    except OSError as error:
        raise errors.SchemaError(f"{name}: can't be read ({error.strerror or error})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise errors.SchemaError(f"{name}: not TOML: {error}") from None
    source = Source(name, key_lines(text), keys)
    base = keys.get("extends")
    if base is None:
        return Document(keys, (source,))
    parent = schema_folder() / f"{base}.toml"
    if not isinstance(base, str) or not parent.is_file():
        raise errors.SchemaError(
            f"{name}:{line_of(source.lines, ('extends',))}: extends {base!r}, which does not exist; "
            f"there are {', '.join(schema_ids())}"
        )
    below = read_document(parent, (*seen, path))
    return Document(_merged(below.keys, keys), (source, *below.sources))


def display_name(path: Path) -> str:
    """The file's name from ``schemas/`` on, so that no message holds a path of the machine."""
    parts = path.parts
    return "/".join(parts[len(parts) - 1 - parts[::-1].index("schemas") :]) if "schemas" in parts else path.name


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = {key: value for key, value in below.items() if key != "default"}
    for key, value in above.items():
        base = merged.get(key)
        merged[key] = _merged(base, value) if isinstance(base, dict) and isinstance(value, dict) else value
    return merged


def _holds(keys: Any, path: Key) -> bool:
    for part in path:
        if isinstance(keys, list) and part.isdigit() and int(part) < len(keys):
            keys = keys[int(part)]
        elif isinstance(keys, dict) and part in keys:
            keys = keys[part]
        else:
            return False
    return True
