"""Files and folders that are their owner's alone, from the moment they exist.

A file of mode 0600 in a folder of mode 0700, whatever the umask; a symbolic link, another owner or another's rights are
refused and never repaired: who changed them may have read what was there. Windows has no such bits: there the folder
is the user's own, and since Python 3.12.4 a new folder gets an access list of its owner.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import ConfigError

_POSIX = os.name == "posix"
_OPENS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
"""No link is followed, and no pipe waited for."""


def private_folder(path: Path) -> Path:
    """The folder, made with its missing parents (0700 all), or checked.

    Returns:
        Its path, absolute and free of links, so that nobody turns it elsewhere later.

    Raises:
        ConfigError: it is no folder of the user's alone, or others may put another in its place.
    """
    path = _anchored(path)
    try:
        for folder in [parent for parent in reversed((path, *path.parents)) if not parent.exists()]:
            with contextlib.suppress(FileExistsError):  # made meanwhile, and checked as if it had been there
                folder.mkdir(0o700)  # not Path.mkdir(parents=True): its parents would be as open as the umask allows
        _check(path, os.lstat(path), folder=True)
    except OSError as error:
        raise ConfigError(f"{path}: can't be made ({error.strerror})") from None
    _check_parents(path)
    return path


def private_file(path: Path) -> Path:
    """The file, made empty (0600) or checked; its folder comes from ``private_folder``.

    Returns:
        Its path, absolute and free of links.

    Raises:
        ConfigError: it is no file of the user's alone.
    """
    path = _anchored(path)
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPENS, 0o600))
    except FileExistsError:
        os.close(_opened(path))
    except OSError as error:
        raise ConfigError(f"{path}: can't be made ({error.strerror})") from None
    return path


def read_file(path: Path, largest: int) -> bytes:
    """What a private file holds; owner and mode are checked on what was opened, not on what had the name before.

    Raises:
        FileNotFoundError: there is none.
        ConfigError: it is no file of the user's alone, or larger than ``largest`` bytes.
    """
    with open(_opened(path), "rb") as file:
        content = file.read(largest + 1)
    if len(content) > largest:
        raise ConfigError(f"{path}: larger than {largest:,} bytes")
    return content


def replace_file(path: Path, data: bytes) -> None:
    """Puts a whole new content (0600) into the file's place: a reader sees the old or the new one, also after a crash.

    Raises:
        ConfigError: what stands there is no file of the user's alone, or it can't be written.
    """
    path = _anchored(path)
    with contextlib.suppress(FileNotFoundError):
        os.close(_opened(path))
    with whole_file(path) as file:
        file.write(data)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file (0600) to write to, that takes the path's place when all is written: before that, and when writing fails,
    what was there stays.

    Raises:
        ConfigError: it can't be written.
    """
    try:
        descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600 by itself
        try:
            with open(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except BaseException:
            os.unlink(beside)
            raise
        _keep_name(path.parent)
    except OSError as error:
        raise ConfigError(f"{path}: can't be written ({error.strerror})") from None


def _keep_name(folder: Path) -> None:
    """Makes a new name in a folder outlast a power cut."""
    if _POSIX:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _anchored(path: Path) -> Path:
    """The path with every link resolved but its last part: that one is refused, not followed."""
    folder, name = os.path.split(os.path.abspath(path))
    return Path(os.path.realpath(folder)) / name


def _opened(path: Path) -> int:
    """A descriptor for reading, of a file that is the user's alone."""
    if path.is_symlink():  # for systems without O_NOFOLLOW
        raise ConfigError(_LINK.format(path))
    try:
        descriptor = os.open(path, os.O_RDONLY | _OPENS)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror})") from None
    try:
        _check(path, os.fstat(descriptor), folder=False)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


_LINK = "{} is a symbolic link, which is refused; put the real one there"


def _check(path: Path, status: os.stat_result, *, folder: bool) -> None:
    """Whether what stands there is of the right kind and the user's alone."""
    if stat.S_ISLNK(status.st_mode):
        raise ConfigError(_LINK.format(path))
    if not (stat.S_ISDIR if folder else stat.S_ISREG)(status.st_mode):
        raise ConfigError(f"{path} is not a {'folder' if folder else 'file'}")
    if not _POSIX:
        return
    if status.st_uid != os.geteuid():
        raise ConfigError(f"{path} belongs to another user, which is refused")
    if status.st_mode & 0o077:
        mode = stat.S_IMODE(status.st_mode)
        cure = f"chmod {'700' if folder else '600'} {path}"
        raise ConfigError(f"{path}: others can read or change what it holds (mode {mode:04o}); run: {cure}")


def _check_parents(path: Path) -> None:
    """Who may write to a parent may put another folder in this one's place, unless a sticky bit forbids it."""
    for parent in path.parents if _POSIX else ():
        mode = os.stat(parent).st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise ConfigError(f"{path}: everybody may write to {parent}; run: chmod o-w {parent}")
