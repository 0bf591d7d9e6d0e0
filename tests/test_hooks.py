"""Python for a field that the language can't say: run only with a permission, and held against its field."""

import json
import sys
from decimal import Decimal

import pytest

import unifiedcopy as uc
from tests.schemas import PLAIN, write_schema
from tests.venue import Say, ScriptedVenue
from unifiedcopy import errors, exchanges
from unifiedcopy.schema import load_file, load_place, places
from unifiedcopy.schema.hooks import hooks_of, load_hooks

ROW = {"id": "1", "symbol": "BTCUSDT", "side": "buy", "size": "0.5", "parts": [{"size": 0.25}, {"size": "0.125"}]}
SIZE = 'size = { from = "size", unit = "base" }'
HOOKED = PLAIN.replace('skip_zero = "size"\n', "").replace(SIZE, 'size = { hook = "open_size", unit = "base" }')
HOOKS = """
from decimal import Decimal
def open_size(row):
    return sum((Decimal(part["size"]) for part in row["parts"]), Decimal(0))
"""


def write_hooks(folder, code: str = HOOKS, text: str = HOOKED, schema_id: str = "acme/v1"):
    path = write_schema(folder, schema_id, text)
    (path.parent / "hooks.py").write_text(code)
    return path


def read(api, *rows):
    return api.reader("positions").read(json.dumps({"code": 0, "data": list(rows)}).encode())


async def test_a_hook_makes_the_value_of_the_whole_row(tmp_path):
    """Exactly: a fraction of the answer reaches it as Decimal."""
    path = write_hooks(tmp_path)

    async with ScriptedVenue() as venue:
        venue.script = [Say({"code": 0, "data": [ROW]})]
        async with uc.connect(path, base_url=venue.url, api_key="k", secret="s", allow_hooks=True) as ex:
            positions = await ex.positions()

    assert (positions[0].size, positions[0].size_unit, positions[0].side) == (Decimal("0.375"), "base", "long")


@pytest.mark.parametrize("source", ["path", "folder"])
def test_without_a_permission_nothing_of_the_file_is_run(tmp_path, monkeypatch, source):
    mark = tmp_path / "ran"
    path = write_hooks(tmp_path, f"open({str(mark)!r}, 'w')")
    monkeypatch.setenv(places.VARIABLE, str(tmp_path))

    with pytest.raises(errors.ConfigError) as caught:
        uc.connect(path if source == "path" else "acme")

    assert not mark.exists()
    for told in ("positions.size = open_size()", str(path.parent / "hooks.py"), "allow_hooks=True", "--allow-hooks"):
        assert told in caught.value.message


def test_a_permission_is_of_one_connection(tmp_path):
    path = write_hooks(tmp_path)
    uc.connect(path, allow_hooks=True)

    with pytest.raises(errors.ConfigError, match="runs Python of its own"):
        uc.connect(path)
    with pytest.raises(errors.ConfigError, match="allow_hooks: pass True or False"):
        uc.connect(path, allow_hooks="yes")


def test_a_file_that_no_line_names_is_not_run(tmp_path):
    mark = tmp_path / "ran"
    path = write_hooks(tmp_path, f"open({str(mark)!r}, 'w')", PLAIN)

    uc.connect(path, allow_hooks=True)

    assert not mark.exists()


def test_a_schema_with_hooks_can_be_checked_without_running_them(tmp_path):
    api = load_file(write_hooks(tmp_path, "raise SystemExit"))
    api.compile_all()

    assert [str(hook).partition(" of ")[0] for hook in hooks_of(api)] == ["positions.size = open_size()"]
    (problem,) = read(api, ROW).withheld
    assert "is not loaded" in problem.reason


BAD_VALUES = {
    "0.5": "size is Decimal",
    "'0.5'": "size is Decimal",
    "1": "size is Decimal",
    "Decimal('NaN')": "not a finite number",
    "Decimal(0)": "not greater than zero",
    "None": "size is required",
    "row['nothing']": "nothing",
    "1 / 0": "division by zero",
}


@pytest.mark.parametrize("value", BAD_VALUES)
def test_a_hook_that_fails_withholds_its_row_and_no_other(tmp_path, value):
    code = f"from decimal import Decimal\ndef open_size(row): return {value} if row['id'] == '2' else Decimal(1)"
    path = write_hooks(tmp_path, code)
    api = load_file(path)
    load_hooks(api, allowed=True)

    rows = read(api, ROW, ROW | {"id": "2"}, ROW | {"id": "3"})

    assert [item.id for item in rows.items] == ["1", "3"]
    (problem,) = rows.withheld
    assert (problem.row, problem.field) == (1, "size")
    assert BAD_VALUES[value] in problem.reason
    assert problem.where.startswith("acme/v1.toml:")


@pytest.mark.parametrize(
    ("field", "good", "bad", "fault"),
    [
        ("side", "'short'", "'sell'", "none of long, short"),
        ("opened_at", "1700000000000", "1700000000", "not a time in milliseconds"),
        ("take_profit", "Price('7')", "Decimal(7)", "take_profit is Price or Roi"),
        ("leader_name", "'x'", "''", "empty"),
        ("margin_mode", "'cross'", "'crossed'", "none of"),
        ("fee", "None", "0", "fee is Decimal"),
    ],
)
def test_a_value_is_held_against_the_kind_of_its_field(tmp_path, field, good, bad, fault):
    lines = [
        line
        for line in PLAIN.splitlines()
        if not line.startswith(f"{field} = {{ from") and line != f'{field} = "{field}"'
    ]
    text = "\n".join(lines).replace(
        'margin_mode = "mode"\n', "" if field == "margin_mode" else 'margin_mode = "mode"\n'
    )
    text = text.replace('id = "id"', f'id = "id"\n{field} = {{ hook = "made" }}', 1)
    code = (
        "from decimal import Decimal\nfrom unifiedcopy import Price\n"
        f"def made(row): return {good} if row['id'] == '1' else {bad}"
    )
    api = load_file(write_hooks(tmp_path, code, text))
    load_hooks(api, allowed=True)

    rows = read(api, ROW, ROW | {"id": "2"})

    assert getattr(rows.items[0], field) == eval(good, {"Price": uc.Price})  # noqa: S307 (written above)
    assert fault in rows.withheld[0].reason


def test_placeholders_are_skipped_before_a_hook_sees_them(tmp_path):
    text = PLAIN.replace('leverage = "lever"', 'leverage = { hook = "lever" }')
    api = load_file(
        write_hooks(tmp_path, "from decimal import Decimal\ndef lever(row): return Decimal(row['x'])", text)
    )
    load_hooks(api, allowed=True)

    rows = read(api, ROW | {"x": 3}, {**ROW, "size": "0"})

    assert [item.leverage for item in rows.items] == [3]
    assert rows.withheld == ()


# -- whose code it is -------------------------------------------------------------------------------------------------


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A built-in venue with hooks: none of the real ones needs any."""
    schemas, homes = tmp_path / "schemas", tmp_path / "exchanges"
    write_schema(schemas, "shipped/v1", HOOKED)
    (homes / "shipped").mkdir(parents=True)
    (homes / "shipped" / "hooks.py").write_text(HOOKS)
    monkeypatch.setattr(places, "schema_folder", lambda: schemas)
    monkeypatch.setattr(exchanges, "__path__", [str(homes)])
    yield schemas
    for name in [name for name in sys.modules if name.startswith("unifiedcopy.exchanges.shipped")]:
        del sys.modules[name]


def test_a_built_in_schema_has_its_hooks_among_the_exchanges_and_needs_no_permission(shipped):
    api = load_file(shipped / "shipped" / "v1.toml")
    load_hooks(api, allowed=False)

    assert [str(hook) for hook in hooks_of(api)] == ["positions.size = open_size() of exchanges/shipped/hooks.py"]
    assert read(api, ROW).items[0].size == Decimal("0.375")


def test_a_white_label_of_a_built_in_schema_uses_its_hooks_and_can_not_put_others_in_their_place(shipped, tmp_path):
    label = 'extends = "shipped/v1"\nid = "acme/v1"\nname = "Label"\n'
    path = write_hooks(tmp_path, "raise SystemExit", label)
    api = load_file(path)
    load_hooks(api, allowed=False)
    assert read(api, ROW).items[0].size == Decimal("0.375")

    path.write_text(label + '[endpoints.positions.fields.size]\nhook = "open_size"\n')
    with pytest.raises(errors.ConfigError, match=f"{path.parent}/hooks.py"):
        load_hooks(load_file(path), allowed=False)


# -- files and lines that are wrong -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise RuntimeError('oops')", r"can't be imported \(RuntimeError: oops\)"),
        ("def x(:", r"can't be imported \(SyntaxError"),
        ("open_size = 5", "has no function of that name"),
        ("", "has no function of that name"),
        (None, r"can't be imported \(FileNotFoundError"),
    ],
)
def test_hooks_that_can_not_be_loaded_are_one_clear_error(tmp_path, code, says):
    path = write_hooks(tmp_path, code or "")
    if code is None:
        (path.parent / "hooks.py").unlink()

    with pytest.raises(errors.SchemaError, match=rf"acme/v1\.toml, hook 'open_size': .*hooks\.py {says}"):
        uc.connect(path, allow_hooks=True)


def test_hooks_behind_a_link_out_of_the_folder_are_refused(tmp_path):
    path = write_hooks(tmp_path)
    (path.parent / "hooks.py").rename(tmp_path / "elsewhere.py")
    (path.parent / "hooks.py").symlink_to(tmp_path / "elsewhere.py")

    with pytest.raises(errors.SchemaError, match="leads out of its folder by a symbolic link"):
        uc.connect(path, allow_hooks=True)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('size = { hook = "a" }', "must say its unit"),
        ('size = { hook = "a", from = "size", unit = "base" }', "needs exactly one source, has 2"),
        ('size = { hook = "a", unit = "base", null_if = "" }', "has no effect on a hook"),
        ('size = { hook = "a-b", unit = "base" }', "no name of a function"),
        (f'{SIZE}\nleverage = {{ hook = "a", unit = "ratio" }}', "has no effect on a hook"),
    ],
)
def test_a_wrong_hook_line_is_told(tmp_path, line, says):
    text = PLAIN.replace('leverage = "lever"\n', "") if "leverage" in line else PLAIN

    with pytest.raises(errors.SchemaError, match=says):
        load_file(write_schema(tmp_path, text=text.replace(SIZE, line)))


def test_what_the_symbol_table_makes_has_no_hook(tmp_path):
    with pytest.raises(errors.SchemaError, match="a venue_symbol can't come from a hook"):
        load_file(
            write_schema(tmp_path, text=PLAIN.replace('venue_symbol = "symbol"', 'venue_symbol = { hook = "a" }'))
        )


def test_no_built_in_schema_needs_a_hook():
    """The language says it all; this is the count to keep at zero."""
    from unifiedcopy.schema import schema_ids

    assert [hook for schema_id in schema_ids() for hook in hooks_of(load_place(places.built_in(schema_id)))] == []
