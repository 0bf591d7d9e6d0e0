"""Schema files: what they hold, and which line a key stands on.

A file may start from another one (``extends``); each key remembers the file and line that it came from. Anybody may
have written a file, so it is small, shallow, and stands where it says.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from .. import errors
from .lines import Key, key_lines, line_of
from .places import base_file, found, is_built_in, leads_out, schema_ids

MAX_BYTES = 512 * 1024
MAX_LINE = 2_000
"""Characters: the standard parser takes quadratic time for a key of many parts."""
MAX_DEPTH = 12
MAX_CHAIN = 8
"""Files that extend one another."""
_INTEGERS = range(-(2**63), 2**63)
"""What TOML promises; Python reads longer ones and then refuses to write them."""


class Source(NamedTuple):
    """One file of a schema: its name as a reader would give it, and the lines of its keys."""

    path: Path
    name: str
    lines: dict[Key, int]
    keys: dict[str, Any]


class Document(NamedTuple):
    """A schema file with all that it extends, as plain keys."""

    keys: dict[str, Any]
    sources: tuple[Source, ...]
    """The file itself first."""

    def source_of(self, *path: str) -> Source:
        """The file that says a key."""
        return next((source for source in self.sources if _holds(source.keys, path)), self.sources[0])

    def where(self, *path: str) -> str:
        """``file:line`` of a key, in the file that says it."""
        source = self.source_of(*path)
        return f"{source.name}:{line_of(source.lines, path)}"


def read_document(path: Path, seen: tuple[Path, ...] = ()) -> Document:
    """The keys of a file over those of the file that it extends.

    Raises:
        SchemaError: not readable, not TOML, or extends in a circle.
        ConfigError: extends what was found and can't be used.
    """
    name = display_name(path)
    if len(seen) >= MAX_CHAIN:
        raise errors.SchemaError(f"{name}: more than {MAX_CHAIN} files extend one another")
    text = _text(path, name)
    keys = _keys(text, name)
    source = Source(path, name, key_lines(text), keys)
    if "extends" not in keys:
        return Document(keys, (source,))
    base = keys["extends"]
    parent = base_file(base, path)
    if parent is None:
        raise errors.SchemaError(
            f"{name}:{line_of(source.lines, ('extends',))}: extends {base!r}, which does not exist; "
            f"there are {', '.join([*schema_ids(), *found().places])}"
        )
    if parent in (*seen, path):
        chain = " -> ".join(display_name(entry) for entry in (*seen, path, parent))
        raise errors.SchemaError(
            f"{name}:{line_of(source.lines, ('extends',))}: extends in a circle: {chain}; one of them must stand alone"
        )
    below = read_document(parent, (*seen, path))
    return Document(_merged(_left(below.keys, source), keys), (source, *below.sources))


def _text(path: Path, name: str) -> str:
    """The file's text."""
    # Installers may link what is shipped to a cache of theirs.
    if not is_built_in(path) and leads_out(path, path.parent):
        raise errors.SchemaError(f"{name}: leads out of its folder by a symbolic link; name the file itself")
    try:
        if path.exists() and not path.is_file():
            raise errors.SchemaError(f"{name}: is not a file")
        with path.open("rb") as file:
            encoded = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise errors.SchemaError(f"{name}: can't be read ({getattr(error, 'strerror', None) or error})") from None
    if len(encoded) > MAX_BYTES:
        raise errors.SchemaError(f"{name}: larger than {MAX_BYTES:,} bytes, which no schema is")
    try:
        text = encoded.decode()
    except UnicodeDecodeError as error:
        number = encoded.count(b"\n", 0, error.start) + 1
        raise errors.SchemaError(f"{name}:{number}: not UTF-8 text; save the file as UTF-8") from None
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_LINE:
            raise errors.SchemaError(f"{name}:{number}: a line of more than {MAX_LINE:,} characters; break it")
    return text


def _keys(text: str, name: str) -> dict[str, Any]:
    try:
        keys = tomllib.loads(text)
    except RecursionError:
        raise errors.SchemaError(f"{name}: nested too deeply; a schema has {MAX_DEPTH} levels at most") from None
    except ValueError as error:  # also a number that is too long
        raise errors.SchemaError(f"{name}: not TOML: {error}") from None
    level: list[Any] = [keys]
    for _ in range(MAX_DEPTH):
        parts = [part for value in level for part in (value.values() if isinstance(value, dict) else value)]
        if any(isinstance(part, int) and part not in _INTEGERS for part in parts):
            raise errors.SchemaError(f"{name}: holds a number of more than 64 bits")
        level = [part for part in parts if isinstance(part, dict | list)]
    if level:
        raise errors.SchemaError(f"{name}: nested too deeply; a schema has {MAX_DEPTH} levels at most")
    return keys


def display_name(path: Path) -> str:
    """The file's name from ``schemas/`` on, so that no message holds a path of the machine."""
    parts = path.parts
    return "/".join(parts[len(parts) - 1 - parts[::-1].index("schemas") :] if "schemas" in parts else parts[-2:])


def _left(below: dict[str, Any], source: Source) -> dict[str, Any]:
    """The keys of the extended file but those that a file says it is without.

    Raises:
        SchemaError: there is no such key.
    """
    without = source.keys.get("without", [])
    for name in without if isinstance(without, list) else []:
        try:
            below = _dropped(below, str(name).split("."))
        except KeyError:
            where = f"{source.name}:{line_of(source.lines, ('without',))}"
            raise errors.SchemaError(
                f"{where}: without {name!r}, which is no key of {source.keys['extends']}"
            ) from None
    return below


def _dropped(keys: Any, parts: list[str]) -> dict[str, Any]:
    """The same keys but one; what is not on the way to it is shared.

    Raises:
        KeyError: there is no such key.
    """
    first, *rest = parts
    if not isinstance(keys, dict) or first not in keys:
        raise KeyError(first)
    if rest:
        return {**keys, first: _dropped(keys[first], rest)}
    return {key: value for key, value in keys.items() if key != first}


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = {key: value for key, value in below.items() if key not in ("default", "without")}
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
