"""Files and folders are their owner's alone, whatever stands in the way."""

import os
import stat

import pytest

from unifiedcopy import ConfigError
from unifiedcopy.safety.files import private_file, private_folder, read_file, replace_file

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes and owners are POSIX's")


@pytest.fixture(autouse=True)
def no_umask():
    """The most hostile one: everything that does not name its mode is open to everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def folder(tmp_path):
    return private_folder(tmp_path / "state")


@pytest.fixture
def modes_seen(monkeypatch):
    """Every mode that a file or folder is made with, as the system is asked for it."""
    seen = []
    opens, makes = os.open, os.mkdir

    def spied_open(path, flags, mode=0o777, **options):
        if flags & os.O_CREAT:
            seen.append(mode)
        return opens(path, flags, mode, **options)

    def spied_mkdir(path, mode=0o777, **options):
        seen.append(mode)
        return makes(path, mode, **options)

    monkeypatch.setattr(os, "open", spied_open)
    monkeypatch.setattr(os, "mkdir", spied_mkdir)
    return seen


def mode_of(path):
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_folder_and_its_missing_parents_are_made_for_the_owner_alone(tmp_path, modes_seen):
    made = private_folder(tmp_path / "a" / "b" / "state")

    assert [mode_of(path) for path in (made, made.parent, made.parent.parent)] == [0o700] * 3
    assert modes_seen == [0o700] * 3


def test_a_file_is_never_open_to_others_not_even_for_a_moment(folder, modes_seen):
    made = private_file(folder / "journal.db")
    replace_file(folder / "halted", b"since")

    assert mode_of(made) == mode_of(folder / "halted") == 0o600
    assert modes_seen == [0o600] * 2


def test_what_is_there_and_right_is_left_as_it_is(folder):
    replace_file(folder / "journal.db", b"rows")

    assert private_folder(folder) == folder
    assert read_file(private_file(folder / "journal.db"), largest=10) == b"rows"


@pytest.mark.parametrize("mode", [0o750, 0o701, 0o720, 0o777, 0o710])
def test_a_folder_that_others_can_enter_is_refused_with_the_cure(folder, mode):
    folder.chmod(mode)

    with pytest.raises(ConfigError, match=f"{mode:04o}.*chmod 700 {folder}"):
        private_folder(folder)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o666, 0o601])
@pytest.mark.parametrize("use", [private_file, lambda path: read_file(path, 9), lambda path: replace_file(path, b"")])
def test_a_file_that_others_can_read_or_change_is_refused_with_the_cure(folder, use, mode):
    path = private_file(folder / "journal.db")
    path.chmod(mode)

    with pytest.raises(ConfigError, match=f"{mode:04o}.*chmod 600 {path}"):
        use(path)
    assert mode_of(path) == mode


def test_what_belongs_to_another_user_is_refused(folder, monkeypatch):
    path = private_file(folder / "journal.db")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)

    for use in (lambda: private_folder(folder), lambda: private_file(path), lambda: read_file(path, 9)):
        with pytest.raises(ConfigError, match="another user"):
            use()


def test_a_parent_that_everybody_may_write_to_is_refused(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir(0o777)

    with pytest.raises(ConfigError, match=f"chmod o-w {shared}"):
        private_folder(shared / "state")
    shared.chmod(0o1777)  # as /tmp has it: only the owner takes a name away
    assert private_folder(shared / "state").is_dir()


@pytest.mark.parametrize("target", ["elsewhere", "nowhere"])
def test_a_symbolic_link_is_refused_and_its_target_left_alone(folder, tmp_path, target):
    (tmp_path / "elsewhere").mkdir(0o700)
    (folder / "link").symlink_to(tmp_path / target)

    for use in (private_folder, private_file, lambda path: read_file(path, 9), lambda path: replace_file(path, b"")):
        with pytest.raises(ConfigError, match="symbolic link"):
            use(folder / "link")
    assert not (tmp_path / "nowhere").exists()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_link_put_there_after_the_look_is_not_followed(folder, tmp_path, monkeypatch):
    """The race: there is nothing when we look, and a link when we open."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"theirs")
    victim.chmod(0o600)
    opens = os.open

    def raced(path, *rest, **options):
        if os.fspath(path) == os.fspath(folder / "journal.db") and not os.path.lexists(path):
            os.symlink(victim, path)
        return opens(path, *rest, **options)

    monkeypatch.setattr(os, "open", raced)

    with pytest.raises(ConfigError):
        private_file(folder / "journal.db")
    (folder / "journal.db").unlink()
    with pytest.raises(ConfigError):
        read_file(folder / "journal.db", 99)
    assert victim.read_bytes() == b"theirs"


def test_a_folder_is_found_again_when_a_link_on_its_way_is_turned(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir(0o700)
    (tmp_path / "way").symlink_to(tmp_path / "one")
    found = private_folder(tmp_path / "way" / "state")
    (tmp_path / "way").unlink()
    (tmp_path / "way").symlink_to(tmp_path / "two")

    assert found == tmp_path / "one" / "state"
    assert found.is_dir()


def test_what_is_no_plain_file_is_refused(folder):
    os.mkfifo(folder / "pipe", 0o600)
    (folder / "folder").mkdir(0o700)

    for name in ("pipe", "folder"):
        with pytest.raises(ConfigError, match="not a file"):
            private_file(folder / name)
    with pytest.raises(ConfigError, match="not a folder"):
        private_folder(private_file(folder / "file"))


def test_a_content_is_replaced_as_a_whole_or_not_at_all(folder, monkeypatch):
    path = folder / "limits"
    replace_file(path, b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left"):
        replace_file(path, b"new")

    assert read_file(path, 9) == b"old"
    assert [entry.name for entry in folder.iterdir()] == ["limits"]


def test_a_file_that_is_larger_than_allowed_is_not_read(folder):
    replace_file(folder / "big", b"x" * 11)

    with pytest.raises(ConfigError, match="larger than 10 bytes"):
        read_file(folder / "big", largest=10)
