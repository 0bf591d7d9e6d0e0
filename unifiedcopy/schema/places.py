"""Where schema files are found. Nothing is registered, and nothing of what is found is run.

| source | files |
| --- | --- |
| built-in | ``<package>/schemas/<id>/<api>.toml``; in a checkout, ``schemas`` beside the package |
| folder | ``<id>/<api>.toml`` in each folder of the environment variable ``UNIFIEDCOPY_PATH`` |
| package | ``<id>/<api>.toml`` in the folder that an entry point ``<id> = "package.folder"`` of the group \
``unifiedcopy.exchanges`` names; the package is not imported |
| path | the one file that a caller names |

A venue belongs to one source, and a built-in one to this package: whose file it is decides which host gets its keys.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib.machinery import PathFinder
from importlib.metadata import Distribution, EntryPoint, distributions
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from .. import errors

VARIABLE = "UNIFIEDCOPY_PATH"
GROUP = "unifiedcopy.exchanges"
BUILT_IN = "built-in"
CASES = ".cases.toml"
"""What a schema's cases beside it end in."""
_PACKAGE = Path(__file__).resolve().parents[1]
_ID = re.compile(r"[a-z0-9]+/[a-z0-9-]+", re.ASCII)
_FOLDER = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)


class Place(NamedTuple):
    """A schema file, and how it was found."""

    id: str
    path: Path
    source: str
    """``built-in``, ``folder …``, ``package …`` or ``path``."""

    @property
    def venue(self) -> str:
        return self.id.partition("/")[0]

    def __str__(self) -> str:
        return f"{self.path} ({self.source})"


class Trouble(NamedTuple):
    """Why something that was found is not used."""

    about: str
    """A venue or one API; empty when a source as a whole is meant."""
    message: str


class Found(NamedTuple):
    """All that is not built in."""

    places: dict[str, Place]
    troubles: tuple[Trouble, ...]

    def trouble_of(self, name: str) -> Trouble | None:
        """Why a venue or an API is not used."""
        about = (name, name.partition("/")[0])
        return next((trouble for trouble in self.troubles if trouble.about in about), None)


def schema_folder() -> Path:
    """Where the shipped schema files are."""
    packaged = _PACKAGE / "schemas"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "schemas"


def schema_ids() -> list[str]:
    """``<id>/<api>`` of every shipped schema."""
    folder = schema_folder()
    files = [path for path in folder.glob("*/*.toml") if not path.name.endswith(CASES)]
    return sorted(f"{path.parent.name}/{path.stem}" for path in files)


def built_in(schema_id: str) -> Place:
    """The place of a shipped schema."""
    return Place(schema_id, schema_folder() / f"{schema_id}.toml", BUILT_IN)


def is_built_in(path: Path) -> bool:
    """Whether a schema file is shipped with this package."""
    return path.is_relative_to(schema_folder())


def found(*, anew: bool = False) -> Found:
    """What stands in folders and packages; looked up once, or ``anew``."""
    if anew:
        _found.cache_clear()
    return _found(os.environ.get(VARIABLE, ""), tuple(sys.path))


def place_of(schema_id: str) -> Place | None:
    """Where a schema is, built-in or found.

    Raises:
        ConfigError: it was found and can't be used.
    """
    if schema_id in schema_ids():
        return built_in(schema_id)
    for anew in (False, True):  # it may have been written since
        here = found(anew=anew)
        if schema_id in here.places:
            return here.places[schema_id]
    if trouble := here.trouble_of(schema_id):
        raise errors.ConfigError(trouble.message)
    return None


def named_file(path: str | Path) -> Place:
    """The file that a caller names.

    Raises:
        ConfigError: it claims what is built in.
    """
    if "\0" in str(path):
        raise errors.ConfigError("venue: the file's name holds a zero byte")
    full = Path(os.path.abspath(path))
    for schema_id in schema_ids():
        if _real(built_in(schema_id).path) == _real(full):
            return built_in(schema_id)
    place = Place(f"{full.parent.name}/{full.stem}", full, "path")
    if trouble := claim(place):
        raise errors.ConfigError(trouble.message)
    return place


def claim(place: Place) -> Trouble | None:
    """The trouble of a file that takes a built-in venue's name, and with it the keys that are meant for that venue."""
    own = [schema_id for schema_id in schema_ids() if schema_id.partition("/")[0] == place.venue]
    if not own:
        return None
    taken = built_in(place.id if place.id in own else own[0])
    return Trouble(
        place.id,
        f"{place} takes the name of the venue {place.venue!r}, which is built in: {taken.path}; "
        f"name its folder and its id otherwise (a white label says extends = {taken.id!r})",
    )


def base_file(base: object, path: Path) -> Path | None:
    """The file of ``extends`` in a file: built in, beside it, or found as any other."""
    if not isinstance(base, str) or not _ID.fullmatch(base):
        return None
    venue, _, api = base.partition("/")
    beside = path.with_name(f"{api}.toml")
    if base not in schema_ids() and path.parent.name == venue and beside.is_file():
        return beside
    place = place_of(base)
    return place.path if place is not None else None


def leads_out(path: Path, folder: Path) -> bool:
    """Whether a file stands somewhere else than in its folder, by a symbolic link."""
    return not _real(path).is_relative_to(_real(folder))


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


@lru_cache(maxsize=1)
def _found(folders: str, _paths: tuple[str, ...]) -> Found:
    places: dict[str, Place] = {}
    troubles: list[Trouble] = []
    candidates: dict[Path, Place] = {}
    for entry in (*_folders(folders), *_packages()):
        if isinstance(entry, Trouble):
            troubles.append(entry)
        else:
            candidates.setdefault(_real(entry.path), entry)
    ordered = sorted(candidates.values(), key=lambda place: place.venue)
    for venue, group in groupby(ordered, key=lambda place: place.venue):
        claims = list(group)
        first, rival = claims[0], next((place for place in claims if place.source != claims[0].source), None)
        if claim(first):
            troubles += filter(None, map(claim, claims))
        elif rival is not None:
            why = f"the venue {venue!r} is found twice: {first} and {rival}; remove one of them, or connect to a file"
            troubles.append(Trouble(venue, why))
        else:
            places |= {place.id: place for place in claims}
    return Found(dict(sorted(places.items())), tuple(troubles))


def _folders(listed: str) -> Iterator[Place | Trouble]:
    for name in dict.fromkeys(filter(None, listed.split(os.pathsep))):
        folder = Path(os.path.abspath(name))
        try:
            venues = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
        except OSError as error:
            yield Trouble("", f"{VARIABLE}: {folder} can't be read ({error.strerror})")
            continue
        for venue in venues:
            if venue.is_dir():
                yield from _files(venue, folder, f"folder {folder}")


def _packages() -> Iterator[Place | Trouble]:
    seen = set()
    for distribution in distributions():
        try:
            points = distribution.entry_points.select(group=GROUP)
            source = f"package {distribution.name} {distribution.version}" if points else ""
        except Exception as error:  # whatever is wrong with other people's metadata, the rest works
            site = distribution.locate_file("")
            why = f"a package in {site} has metadata that can't be read ({type(error).__name__}: {error})"
            yield Trouble("", why)
            continue
        if source not in seen:  # a folder may stand in the path twice
            seen.add(source)
            for point in points:
                yield from _package_files(point, distribution, source)


def _package_files(point: EntryPoint, distribution: Distribution, source: str) -> Iterator[Place | Trouble]:
    folder = _package_folder(point, distribution)
    if folder is None:
        why = f"{source}: the entry point {point.name} = {point.value!r} names no folder of the package"
        yield Trouble(point.name, f'{why} (write <id> = "package.folder", for files package/folder/<id>/<api>.toml)')
    else:
        yield from _files(folder / point.name, folder, source)


def _package_folder(point: EntryPoint, distribution: Distribution) -> Path | None:
    """The folder that an entry point names. Nothing on the way is imported."""
    if not _FOLDER.fullmatch(point.value) or not _ID.fullmatch(f"{point.name}/x"):
        return None
    parts = point.value.split(".")
    beside = Path(str(distribution.locate_file("/".join(parts))))
    if beside.is_dir():
        return beside
    # An editable install stands elsewhere. Looking for a top-level name imports nothing; for a dotted one it would.
    try:
        spec = find_spec(parts[0])
        for part in parts[1:]:
            inside = spec.submodule_search_locations if spec is not None else None
            spec = PathFinder.find_spec(part, inside) if inside else None
    except (ImportError, ValueError):
        return None
    locations = list(spec.submodule_search_locations or ()) if spec is not None else []
    return Path(locations[0]) if locations else None


def _files(venue: Path, root: Path, source: str) -> Iterator[Place | Trouble]:
    """The schema files of one venue in a folder of venues."""
    try:
        files = sorted(path for path in venue.iterdir() if path.suffix == ".toml" and not path.name.endswith(CASES))
    except OSError as error:
        yield Trouble(venue.name, f"{venue} ({source}) can't be read ({error.strerror})")
        return
    for path in files:
        place = Place(f"{venue.name}/{path.stem}", path, source)
        if not _ID.fullmatch(place.id):
            yield Trouble(place.id, f"{place} is no <id>/<api>.toml: small letters and digits, dashes in <api>")
        elif leads_out(path, root):
            yield Trouble(place.id, f"{place} leads out of {root} by a symbolic link; put the file itself there")
        else:
            yield place
