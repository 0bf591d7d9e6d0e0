"""Schemas are found by path, built in, in folders and in installed packages, and nothing that is found is run."""

import os
import sys
from pathlib import Path

import pytest

import unifiedcopy as uc
from tests.schemas import PLAIN, write_schema
from tests.venue import Say, ScriptedVenue
from unifiedcopy import errors
from unifiedcopy.registry import connect, default_apis, find
from unifiedcopy.schema import load_place, places
from unifiedcopy.schema.document import MAX_BYTES, MAX_DEPTH, MAX_LINE

BUILT_IN = next(iter(default_apis().values()))
OWN_VENUE = BUILT_IN.partition("/")[0]
ROW = {"id": "1", "symbol": "BTCUSDT", "side": "buy", "size": "0.5"}
MARK = "its code ran"


@pytest.fixture(autouse=True)
def nothing_found(monkeypatch):
    monkeypatch.delenv(places.VARIABLE, raising=False)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder of the environment variable."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    monkeypatch.setenv(places.VARIABLE, str(plugins))
    return plugins


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts a distribution on the path, as an installer would leave it: metadata, and a package that must not be run."""

    def install(name: str, point: str, schemas: list[str], *, editable: bool = False) -> Path:
        site = tmp_path / f"site-{name}"
        info = site / f"{name}-1.2.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[{places.GROUP}]\n{point}\n")
        monkeypatch.syspath_prepend(str(site))
        home = site
        if editable:
            home = tmp_path / f"source-{name}"
            monkeypatch.syspath_prepend(str(home))
        package = home / name
        package.mkdir(parents=True)
        ran = tmp_path / MARK
        (package / "__init__.py").write_text(f"open({str(ran)!r}, 'w').close()\nraise RuntimeError({MARK!r})\n")
        for schema_id in schemas:
            write_schema(package / "schemas", schema_id)
        return package

    return install


# -- an explicit path -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [str, Path])
async def test_a_file_of_ones_own_is_connected_to_by_its_path(tmp_path, kind):
    path = write_schema(tmp_path)

    async with ScriptedVenue() as venue:
        venue.script = [Say({"code": 0, "data": [ROW]})]
        async with uc.connect(kind(path), base_url=venue.url, api_key="k", secret="s") as ex:
            positions = await ex.positions()

    assert (ex.id, positions[0].exchange, positions[0].side) == ("acme/v1", "acme/v1", "long")


def test_a_relative_path_means_the_file_in_its_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(write_schema(tmp_path).parent)

    assert connect("v1.toml").id == "acme/v1"


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(tmp_path):
    path = write_schema(tmp_path)
    first, second = (load_place(find(path)) for _ in range(2))
    path.write_text(path.read_text().replace('"Plain"', '"Changed"'))

    assert first is second
    assert load_place(find(path)).schema.name == "Changed"


def test_the_path_of_a_built_in_file_is_the_built_in_schema():
    assert find(places.built_in(BUILT_IN).path) == places.built_in(BUILT_IN)


@pytest.mark.parametrize("schema_id", [BUILT_IN, f"{OWN_VENUE}/mine"])
def test_a_file_can_not_take_the_name_of_a_built_in_venue(tmp_path, schema_id):
    """The keys of that venue would go to the file's host."""
    path = write_schema(tmp_path, schema_id)

    with pytest.raises(errors.ConfigError, match="is built in") as caught:
        connect(path)
    assert str(path) in caught.value.message
    assert str(places.schema_folder() / OWN_VENUE) in caught.value.message


# -- folders ----------------------------------------------------------------------------------------------------------


def test_a_schema_in_a_folder_is_found_by_its_id_and_by_its_venue(folder):
    path = write_schema(folder)

    assert find("acme/v1") == find("acme") == places.Place("acme/v1", path, f"folder {folder}")
    assert connect("acme").id == "acme/v1"


def test_a_schema_that_is_written_later_is_found_without_a_new_start(folder):
    with pytest.raises(errors.ConfigError):
        find("acme")
    write_schema(folder)

    assert find("acme").id == "acme/v1"


def test_of_two_apis_the_one_that_says_default_is_meant_by_the_venue(folder):
    write_schema(folder)
    second = write_schema(folder, "acme/v2")

    with pytest.raises(errors.ConfigError, match="acme/v1, acme/v2: say which"):
        find("acme")
    second.write_text("default = true\n" + second.read_text())
    assert find("acme").id == "acme/v2"


def test_several_folders_are_parted_as_in_path(tmp_path, monkeypatch):
    for name in "ab":
        write_schema(tmp_path / name, f"{name * 3}/v1")
    monkeypatch.setenv(places.VARIABLE, os.pathsep.join([str(tmp_path / "a"), "", str(tmp_path / "b")]))

    assert list(places.found().places) == ["aaa/v1", "bbb/v1"]


def test_a_folder_can_not_take_a_built_in_venue_and_takes_nothing_from_it(folder):
    path = write_schema(folder, BUILT_IN)
    other = write_schema(folder, f"{OWN_VENUE}/mine")

    assert find(BUILT_IN).source == places.BUILT_IN
    with pytest.raises(errors.ConfigError, match="is built in") as caught:
        find(f"{OWN_VENUE}/mine")
    assert str(other) in caught.value.message
    assert [trouble.about for trouble in places.found().troubles if str(path) in trouble.message] == [BUILT_IN]


def test_two_folders_with_the_same_venue_are_both_named(tmp_path, monkeypatch):
    """Also with another API: whose file comes first would decide who gets the keys."""
    first, second = write_schema(tmp_path / "a"), write_schema(tmp_path / "b", "acme/v2")
    monkeypatch.setenv(places.VARIABLE, f"{tmp_path / 'a'}{os.pathsep}{tmp_path / 'b'}")

    for name in ("acme", "acme/v1", "acme/v2"):
        with pytest.raises(errors.ConfigError, match="found twice") as caught:
            find(name)
        assert str(first) in caught.value.message
        assert str(second) in caught.value.message


def test_a_folder_that_is_not_there_is_told_when_a_venue_is_not_found(tmp_path, monkeypatch):
    monkeypatch.setenv(places.VARIABLE, str(tmp_path / "none"))

    with pytest.raises(errors.ConfigError, match=f"{places.VARIABLE}: {tmp_path}/none can't be read"):
        find("acme")
    assert find(BUILT_IN).source == places.BUILT_IN


@pytest.mark.parametrize("unreadable", ["plugins", "acme"])
def test_a_folder_that_can_not_be_read_is_told_and_takes_no_other_with_it(folder, monkeypatch, unreadable):
    write_schema(folder)
    write_schema(folder, "other/v1")
    real = Path.iterdir

    def iterdir(path):
        if path.name == unreadable:
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)

    with pytest.raises(errors.ConfigError, match=rf"{unreadable}.*can't be read \(Permission denied\)"):
        find("acme")
    assert ("other/v1" in places.found().places) == (unreadable == "acme")
    assert find(BUILT_IN).source == places.BUILT_IN


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path):
    """Of the file and of its folder; a link inside of the folder is no matter."""
    secret = write_schema(tmp_path / "elsewhere")
    (folder / "acme").mkdir()
    (folder / "acme" / "v1.toml").symlink_to(secret)
    (folder / "linked").symlink_to(tmp_path / "elsewhere" / "acme")

    for name in ("acme/v1", "linked/v1"):
        with pytest.raises(errors.ConfigError, match=r"leads out of .* by a symbolic link"):
            find(name)
    with pytest.raises(errors.SchemaError, match="leads out of its folder by a symbolic link"):
        connect(folder / "acme" / "v1.toml")


def test_a_name_that_is_no_id_is_told(folder):
    write_schema(folder, "Acme/V1")

    (trouble,) = places.found(anew=True).troubles
    assert "Acme/V1.toml" in trouble.message
    assert "is no <id>/<api>.toml" in trouble.message


# -- packages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("editable", [False, True])
def test_a_package_is_found_and_never_imported(install, tmp_path, editable):
    package = install("acmecopy", "acme = acmecopy.schemas", ["acme/v1"], editable=editable)

    place = find("acme")
    exchange = connect("acme")

    assert place == places.Place("acme/v1", package / "schemas" / "acme" / "v1.toml", "package acmecopy 1.2")
    assert exchange.id == "acme/v1"
    assert "acmecopy" not in sys.modules
    assert not (tmp_path / MARK).exists()


def test_a_package_brings_only_the_venue_that_it_names(install):
    install("acmecopy", "acme = acmecopy.schemas", ["acme/v1", "other/v1"])

    assert list(places.found().places) == ["acme/v1"]


def test_two_packages_with_the_same_venue_are_both_named(install):
    install("acmecopy", "acme = acmecopy.schemas", ["acme/v1"])
    install("acmetoo", "acme = acmetoo.schemas", ["acme/v1"])

    with pytest.raises(errors.ConfigError, match=r"package acmecopy 1\.2\).*package acmetoo 1\.2|acmetoo.*acmecopy"):
        find("acme")


def test_a_package_can_not_take_a_built_in_venue(install):
    install("acmecopy", f"{OWN_VENUE} = acmecopy.schemas", [f"{OWN_VENUE}/mine"])

    with pytest.raises(errors.ConfigError, match=r"\(package acmecopy 1\.2\) takes the name"):
        find(f"{OWN_VENUE}/mine")
    assert find(BUILT_IN).source == places.BUILT_IN


@pytest.mark.parametrize(
    "point",
    [
        "acme = acmecopy:schemas",
        "acme = acmecopy.nothing",
        "acme = ../acmecopy",
        "acme = nosuchpackage.schemas",
        "../acme = acmecopy.schemas",
        "acme = os.path",
    ],
)
def test_an_entry_point_that_names_no_folder_is_told_and_runs_nothing(install, tmp_path, point):
    install("acmecopy", point, ["acme/v1"])

    (trouble,) = places.found().troubles
    assert "package acmecopy 1.2: the entry point" in trouble.message
    assert "names no folder" in trouble.message
    assert not (tmp_path / MARK).exists()


@pytest.mark.parametrize("broken", ["METADATA", "entry_points.txt"])
def test_a_distribution_with_broken_metadata_takes_nothing_with_it(install, tmp_path, broken):
    install("acmecopy", "acme = acmecopy.schemas", ["acme/v1"])
    install("othercopy", "other = othercopy.schemas", ["other/v1"])
    (tmp_path / "site-othercopy" / "othercopy-1.2.dist-info" / broken).write_bytes(b"\xff\xfe")

    assert list(places.found().places) == ["acme/v1"]
    (trouble,) = places.found().troubles
    assert f"a package in {tmp_path}/site-othercopy has metadata that can't be read" in trouble.message


def test_a_distribution_without_schema_files_is_told(install):
    install("acmecopy", "acme = acmecopy", [])

    with pytest.raises(errors.ConfigError, match=r"acme \(package acmecopy 1\.2\) can't be read"):
        find("acme")


# -- files that can't be read -----------------------------------------------------------------------------------------

BAD_FILES = {
    "not UTF-8": (b"schema = 1\nname = '\xff'", r"v1\.toml:2: not UTF-8"),
    "not TOML": (b"schema = \n", r"v1\.toml: not TOML: .*line 1"),
    "a number that never ends": (b"schema = " + b"9" * 1_990, "64 bits"),
    "a hexadecimal number that never ends": (b"schema = 0x" + b"f" * 1_980, "64 bits"),
    "brackets that never end": (b"schema = [\n" + b"[\n" * 100_000, "nested too deeply"),
    "tables in tables": (b"a = " + b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "nested too deeply"),
    "a key of thousands of parts": (b"a." * MAX_LINE + b"a = 1", rf"v1\.toml:1: a line of more than {MAX_LINE:,}"),
    "a file that never ends": (b"#" * (MAX_BYTES + 1), "larger than"),
    "a key a line": (b"".join(b"k%d = 1\n" % n for n in range(40_000)), "200 problems"),
}


@pytest.mark.parametrize("bad", BAD_FILES)
def test_a_file_that_can_not_be_read_is_one_clear_error(folder, bad):
    content, says = BAD_FILES[bad]
    path = write_schema(folder)
    path.write_bytes(content)

    for name in ("acme", path):
        with pytest.raises(errors.SchemaError, match=says) as caught:
            connect(name)
        assert "acme/v1.toml" in caught.value.message
    assert connect(BUILT_IN).id == BUILT_IN


def test_what_is_no_file_is_told(folder):
    """A pipe would be waited for for ever."""
    (folder / "acme").mkdir()
    os.mkfifo(folder / "acme" / "v1.toml")
    (folder / "acme" / "v2.toml").mkdir()
    (folder / "acme" / "v3.toml").symlink_to("v3.toml")

    for api, says in (("v1", "is not a file"), ("v2", "is not a file"), ("v3", "can't be read"), ("v4", "no venue")):
        with pytest.raises((errors.SchemaError, errors.ConfigError), match=says):
            connect(f"acme/{api}")
    with pytest.raises(errors.ConfigError, match="zero byte"):
        connect("acme/v1\0.toml")
    with pytest.raises(errors.SchemaError, match="can't be read"):
        connect("x" * 5000 + ".toml")


# -- extends ----------------------------------------------------------------------------------------------------------


def extending(base: str, schema_id: str = "acme/v1") -> str:
    own = f'id = "{schema_id}"\nname = "Label"\n[hosts]\nrest = ["https://api.label.example"]\n'
    return f'extends = "{base}"\n{own}'


@pytest.mark.parametrize("source", ["built-in", "folder", "package", "beside"])
def test_a_white_label_starts_from_what_is_found_anywhere(folder, install, tmp_path, source):
    install("basecopy", "base = basecopy.schemas", ["base/v1"])
    write_schema(folder, "stock/v1")
    home = tmp_path / "own"
    write_schema(home, "acme/v0")
    base = {"built-in": BUILT_IN, "folder": "stock/v1", "package": "base/v1", "beside": "acme/v0"}[source]
    path = write_schema(home, "acme/v1", extending(base))

    exchange = connect(path)

    assert (exchange.id, exchange.name) == ("acme/v1", "Label")
    assert (
        exchange.api.schema.endpoints.keys()
        == load_place(find(home / "acme/v0.toml" if source == "beside" else base)).schema.endpoints.keys()
    )


@pytest.mark.parametrize(
    "base", ["../../etc/passwd", "/etc/passwd", "acme/../v2", "acme\\\\v2", "Acme/v2", "acme/v2.toml"]
)
def test_extends_takes_ids_and_no_paths(folder, base):
    write_schema(folder, "acme/v2")
    path = write_schema(folder, "acme/v1", extending(base))

    with pytest.raises(
        errors.SchemaError, match=r"acme/v1\.toml:1: extends .*, which does not exist; there are .*acme/v2"
    ):
        connect(path)


@pytest.mark.parametrize("value", ["1", "true", '["acme/v2"]', '""'])
def test_extends_is_one_id(tmp_path, value):
    path = write_schema(tmp_path, "acme/v1", f"extends = {value}\n")

    with pytest.raises(errors.SchemaError, match="which does not exist"):
        connect(path)


def test_extending_through_a_link_out_of_the_folder_is_refused(tmp_path):
    target = write_schema(tmp_path / "elsewhere", "acme/v0")
    path = write_schema(tmp_path / "own", "acme/v1", extending("acme/v0"))
    (path.parent / "v0.toml").symlink_to(target)

    with pytest.raises(errors.SchemaError, match=r"acme/v0\.toml: leads out of its folder"):
        connect(path)


def test_a_circle_is_drawn(folder, install):
    """Also over several sources, and when a file extends itself."""
    package = install("basecopy", "base = basecopy.schemas", ["base/v1"])
    write_schema(package / "schemas", "base/v1", extending("stock/v1", "base/v1"))
    write_schema(folder, "stock/v1", extending("acme/v1", "stock/v1"))
    write_schema(folder, "acme/v1", extending("base/v1"))
    write_schema(folder, "self/v1", extending("self/v1", "self/v1"))

    circle = r"acme/v1\.toml -> base/v1\.toml -> .*stock/v1\.toml -> acme/v1\.toml; one of them must stand alone"
    with pytest.raises(errors.SchemaError, match=rf":\d+: extends in a circle: {circle}".replace("base/", ".*base/")):
        connect("acme")
    with pytest.raises(errors.SchemaError, match=r"self/v1\.toml -> self/v1\.toml"):
        connect("self")


def test_a_chain_has_an_end(tmp_path):
    for number in range(20):
        write_schema(tmp_path, f"acme/v{number}", extending(f"acme/v{number + 1}", f"acme/v{number}"))

    with pytest.raises(errors.SchemaError, match="more than 8 files extend one another"):
        connect(tmp_path / "acme" / "v0.toml")


def test_a_white_label_of_what_is_broken_says_whose_fault_it_is(folder):
    write_schema(folder, "stock/v1").write_bytes(b"=")
    path = write_schema(folder, "acme/v1", extending("stock/v1"))

    with pytest.raises(errors.SchemaError, match=r"stock/v1\.toml: not TOML"):
        connect(path)


def test_the_invented_venue_is_the_same_wherever_it_is_found(folder):
    assert "acme" not in PLAIN
    assert load_place(find(write_schema(folder))).schema.endpoints.keys() == {"positions", "set_tpsl", "unfollow"}
