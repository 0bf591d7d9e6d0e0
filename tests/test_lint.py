"""Wrong schema files: every problem at once, each with its line and a cure."""

import pytest

from tests.schemas import GUILD, PLAIN, api_of
from unifiedcopy import errors
from unifiedcopy.schema import load_schema, schema_ids
from unifiedcopy.schema.lines import key_lines, line_of
from unifiedcopy.schema.load import load_file

MISTAKES = {
    "an open point": ('name   = "Plain"', 'name = "TODO: ask them"', "name", "is open"),
    "a placeholder of a host": ("https://api.plain.example", "https://api.plain.invalid", "hosts.rest.0", "is open"),
    "an unknown key": ('name   = "Plain"', 'name = "Plain"\nnmae = "x"', "nmae", "did you mean 'name'"),
    "a missing key": ('name   = "Plain"\n', "", "file", "'name' is missing"),
    "a wrong type": ('skip_zero = "size"', "skip_zero = 5", "endpoints.positions.skip_zero", "Expected `str"),
    "a wrong choice": ('style = "cursor"', 'style = "curser"', "endpoints.positions.paging.style", "curser"),
    "a plain host": ("https://api.plain", "http://api.plain", "hosts.rest.0", "not a plain https origin"),
    "a host with a look-alike letter": ("api.plain.example", "api.pl\u0430in.example", "hosts.rest.0", "https origin"),
    "a host with a user": ("https://api.plain", "https://a@api.plain", "hosts.rest.0", "https origin"),
    "an unknown error class": (
        "BadRequest = ",
        "BadReqest = ",
        "errors.rejected.BadReqest",
        "did you mean 'BadRequest'",
    ),
    "a code in two lists": ('OperationFailed = ["8"]', 'OperationFailed = ["7"]', "errors", "stands in 2 lists"),
    "a success among the errors": ('BadRequest = ["7"]', 'BadRequest = ["0"]', "errors", "means success"),
    "an unknown placeholder": (
        "{timestamp}{query}",
        "{timestmp}{query}",
        "signing.default.prehash",
        "did you mean 'timestamp'",
    ),
    "a signature that signs itself": (
        "{query}{body}",
        "{query}{signature}",
        "signing.default.prehash",
        "can't sign itself",
    ),
    "an unknown verb": ('verb = "unfollow"', 'verb = "unfolow"', "endpoints.unfollow.verb", "did you mean 'unfollow'"),
    "a core verb nobody serves": ('follow = "not here"\n', "", "endpoints", "no endpoint serves 'follow'"),
    "a served verb called missing": (
        'follow = "not here"',
        'follow = "x"\nunfollow = "y"',
        "missing.unfollow",
        "serves",
    ),
    "an unknown field": (
        'id = "id"',
        'id = "id"\nentry_prise = "e"',
        "endpoints.positions.fields.entry_prise",
        "did you mean 'entry_price'",
    ),
    "a condition on a required field": (
        'side = "side"\n',
        'side = { from = "side", when = { mode = "1" } }\n',
        "endpoints.positions.fields.side.when",
        "belongs to optional fields",
    ),
    "a required field not mapped": ('side = "side"\n', "", "endpoints.positions.fields", "'side' is not mapped"),
    "a size without a unit": (
        '{ from = "size", unit = "base" }',
        '"size"',
        "endpoints.positions.fields.size",
        "must say its unit",
    ),
    "a unit of another kind": (
        'unit = "percent"',
        'unit = "ms"',
        "endpoints.positions.fields.unrealized_roi.unit",
        "no unit of a ratio",
    ),
    "two sources": (
        '{ from = "at",',
        '{ from = "at", const = 1,',
        "endpoints.positions.fields.opened_at",
        "exactly one source",
    ),
    "a path that is none": (
        '"entryOld"',
        '"entry\\nimport os"',
        "endpoints.positions.fields.entry_price",
        "not a wire path",
    ),
    "a required key misspelt": ("ok = ", "okay = ", "envelope.okay", "did you mean 'ok'"),
    "a required field misspelt": (
        'side = "side"\n',
        'sied = "side"\n',
        "endpoints.positions.fields.sied",
        "did you mean 'side'",
    ),
    "a unit that no field has": (
        'unit = "base"',
        'unit = "coins"',
        "endpoints.positions.fields.size.unit",
        "one of: base, quote, contract, by_symbol",
    ),
    "a choice with other words": (
        'open_copies = "kept"',
        'open_copies = "left"',
        "endpoints.unfollow.open_copies",
        "one of: chosen, closed, kept, refused, unknown",
    ),
    "a path without its slash": (
        'path = "/tpsl"',
        'path = "tpsl"',
        "endpoints.set_tpsl.path",
        "begins with /",
    ),
    "a paging parameter that is not listed": (
        'param = "cursor"',
        'param = "after"',
        "endpoints.positions.paging.param",
        "list it under [endpoints.positions.params]: after = { type = … }",
    ),
    "a position that is not sent": (
        'id = { from = "position.id", required = true }\n',
        "",
        "endpoints.set_tpsl",
        'sends no position.… (under [endpoints.set_tpsl.params], a line such as wireName = { from = "position.id"',
    ),
    "triggers that are not sent": (
        """tp = { from = "take_profit.price", type = "decimal", clear = "0" }
sl = { from = "stop_loss.price", type = "decimal" }
""",
        "",
        "endpoints.set_tpsl",
        "set_tpsl sends no take_profit.… or stop_loss.…",
    ),
    "a leader who is not sent": (
        'leader = { from = "leader_id", required = true, pattern',
        "leader = { required = true, pattern",
        "endpoints.unfollow",
        "unfollow sends no leader_id",
    ),
    "a side that is none": ('short = "sell"', 'shrt = "sell"', "enums.side.shrt", "did you mean 'short'"),
    "one wire value for two": (
        "cross = 0, isolated = 1",
        "cross = 0, isolated = 0",
        "enums.margin_mode",
        "stands for 2 values",
    ),
    "a missing parameter of the path": (
        "[endpoints.unfollow.params]\nleader =",
        "[endpoints.unfollow.params]\nlead =",
        "endpoints.unfollow.path",
        "did you mean 'lead'",
    ),
    "a path part without a pattern": (
        ', pattern = "[a-z0-9.]+"',
        "",
        "endpoints.unfollow.params.leader",
        "needs a pattern",
    ),
    "an unknown argument": (
        'from = "position.id"',
        'from = "positon.id"',
        "endpoints.set_tpsl.params.id.from",
        "did you mean 'position.id'",
    ),
    "a paging parameter that is none": (
        'size = "limit"',
        'size = "limt"',
        "endpoints.positions.paging.size",
        "did you mean 'limit'",
    ),
    "an unknown limit": (
        'items = ["data"',
        'limits = ["x"]\nitems = ["data"',
        "endpoints.positions.limits",
        "no limit 'x'",
    ),
    "unfollow without a word on open copies": ('open_copies = "kept"\n', "", "endpoints.unfollow", "open copies"),
    "a key used as two kinds": (
        'fee = { from = "fee"',
        'leader_id = "fee"\nfee = { from = "fee"',
        "endpoints.positions",
        "used both as",
    ),
    "another id than the file's place": (
        'id     = "plain/v1"',
        'id = "plain/v2"',
        "id",
        "does not fit the file's place",
    ),
    "a header that names the host": (
        "[signing.default.headers]",
        '[signing.default.headers]\nHost = "evil.example"',
        "signing.default.headers.Host",
        "no header",
    ),
    "a line break in a header": (
        'X-KEY = "{api_key}"',
        'X-KEY = "{api_key}\\r\\nX: y"',
        "signing.default.headers.X-KEY",
        "control",
    ),
    "a line break at the end of a path": (
        'path = "/tpsl"',
        'path = "/tpsl\\n"',
        "endpoints.set_tpsl.path",
        "control character",
    ),
    "a path of dots": ('path = "/tpsl"', 'path = "/a/../tpsl"', "endpoints.set_tpsl.path", "part of dots"),
    "a host with a fragment": ("api.plain.example", "api.plain.example#x", "hosts.rest.0", "https origin"),
    "a host with an odd port": ("api.plain.example", "api.plain.example:99999", "hosts.rest.0", "https origin"),
    "an outage taken for an empty list": (
        'items = ["data"',
        'empty_codes = ["8"]\nitems = ["data"',
        "endpoints.positions.empty_codes",
        "not in [errors.rejected]",
    ),
    "a write that says it reads": (
        'open_copies = "kept"',
        'open_copies = "kept"\nwrites = false',
        "endpoints.unfollow.verb",
        "only reads",
    ),
    "a side that is always one": (
        'side = "side"',
        'side = { const = "up" }',
        "endpoints.positions.fields.side.const",
        "never",
    ),
    "a size that is never missing": (
        '{ from = "size", unit = "base" }',
        '{ from = "size", unit = "base", default = 1 }',
        "endpoints.positions.fields.size.default",
        "no default",
    ),
    "a price in percent": (
        'from = "stop_loss.price"',
        'from = "stop_loss.price", unit = "percent"',
        "endpoints.set_tpsl.params.sl.unit",
        "no unit",
    ),
    "a bound that is no number": ("tp = {", 'tp = { min = "abc",', "endpoints.set_tpsl.params.tp.min", "not a number"),
    "rows of a role without a table": (
        'skip_zero = "size"',
        'skip_zero = "size"\nonly = { from = "kind", enum = "copeid" }',
        "endpoints.positions.only.enum",
        "no enum 'copeid'",
    ),
    "rows of a role of which one kind is known": (
        'skip_zero = "size"\n',
        'skip_zero = "size"\nonly = { from = "mode", enum = "margin_mode" }\n',
        "enums.margin_mode",
        "must list true and false",
    ),
    "rows of a role in an answer without rows": (
        'open_copies = "kept"',
        'open_copies = "kept"\nonly = { from = "kind", enum = "side" }',
        "endpoints.unfollow.only",
        "belongs to a list of rows",
    ),
    "null in a query": (
        "limit = { type",
        'limit = { clear = "null", type',
        "endpoints.positions.params.limit.clear",
        "only a body can hold null",
    ),
    "a signature of nothing": ("{timestamp}{query}{body}", "static", "signing.default.prehash", "same text for every"),
    "a signature before other parameters": (
        "[signing.default.headers]",
        '[signing.default.query]\ns = "{signature}"\nt = "{timestamp}"\n[signing.default.headers]',
        "signing.default.query",
        "must come last",
    ),
    "a retired API without a successor": (
        'name   = "Plain"',
        'name = "Plain"\nstatus = "retired"',
        "status",
        "successor",
    ),
}


GUILD_MISTAKES = {
    "a word that no caller says": (
        "open_copies = {",
        'open_copies = { closed = "x",',
        "enums.open_copies.closed",
        "did you mean 'close'?",
    ),
    "a flag sent as text": (
        'keep = "manual_close"',
        "keep = true",
        "endpoints.unfollow.params.how",
        'type = "boolean"',
    ),
    "a version that is read and not asked for": (
        'version_param = "dataVer"\n',
        "",
        "endpoints.list_leaders.paging",
        "version_param (sent)",
    ),
    "a version parameter that is none": (
        'version_param = "dataVer"',
        'version_param = "dataVre"',
        "endpoints.list_leaders.paging.version_param",
        "did you mean 'dataVer'",
    ),
    "a denial that stands nowhere": (
        'confirm = "data"\n',
        "",
        "endpoints.amend.denied",
        "confirm = where the word stands",
    ),
    "a confirmation of a read": (
        'item = "data[0]"',
        'item = "data[0]"\nconfirm = "data"',
        "endpoints.leader.confirm",
        "only a write is confirmed",
    ),
    "bare values of an object": (
        'item = "data[0]"',
        'item = "data[0]"\nrow_key = "x"',
        "endpoints.leader.row_key",
        "belongs to items",
    ),
    "a sign of an amount": (
        'mark_price = "mark"',
        'mark_price = { from = "mark", sign = "pos" }',
        "endpoints.positions.fields.mark_price.sign",
        "it belongs to side",
    ),
    "a sign without the words that need it": (
        'null_if = "net", ',
        "",
        "endpoints.positions.fields.side.sign",
        "needs null_if",
    ),
    "an amount from the request": (
        'win_rate = { from = "win", unit = "ratio" }',
        'win_rate = { request = "code", unit = "ratio" }',
        "endpoints.leader.fields.win_rate.request",
        "gives text",
    ),
    "contracts of an endpoint that is none": (
        'endpoint = "instruments"',
        'endpoint = "instrumets"',
        "contracts.endpoint",
        "did you mean 'instruments'",
    ),
    "contracts of an endpoint that writes": (
        'endpoint = "instruments"',
        'endpoint = "amend"',
        "contracts.endpoint",
        "'amend' writes",
    ),
    "an unknown verb of the leader": (
        'verb = "lead.symbols"',
        'verb = "lead.symbol"',
        "endpoints.lead_symbols.verb",
        "did you mean 'lead.symbols'",
    ),
    "a role called missing that is served": (
        "[endpoints.list_leaders]",
        '[missing]\nlead = "x"\n[endpoints.list_leaders]',
        "missing.lead",
        "serves 'lead'",
    ),
    "a size sent in another unit": (
        'unit = "contract", type = "decimal"',
        'unit = "base", type = "decimal"',
        "endpoints.close_position.params.size.unit",
        "one of: contract",
    ),
    "a header that a test network may not set": (
        'rest = ["https://api.guild.example"]',
        'rest = ["https://api.guild.example"]\ntest_headers = { Host = "x" }',
        "hosts.test_headers.Host",
        "no header that a schema may set",
    ),
}
CASES = [("plain", PLAIN, MISTAKES[name], name) for name in MISTAKES]
CASES += [("guild", GUILD, GUILD_MISTAKES[name], name) for name in GUILD_MISTAKES]


@pytest.mark.parametrize(("venue", "whole", "mistake"), [case[:3] for case in CASES], ids=[case[3] for case in CASES])
def test_a_mistake_is_found_with_its_line_and_a_cure(tmp_path, venue, whole, mistake):
    before, after, key, says = mistake
    assert before in whole, "the mistake must really be made"
    text = whole.replace(before, after, 1)

    with pytest.raises(errors.SchemaError) as caught:
        api_of(tmp_path, text, venue)

    findings = [line.strip() for line in caught.value.message.splitlines()[1:]]
    (finding,) = [line for line in findings if says in line]
    place, _, rest = finding.partition(" ")
    assert rest.startswith(f"{key}: ")
    assert place.startswith(f"schemas/{venue}/v1.toml:")
    line = int(place.rpartition(":")[2])
    assert 1 <= line <= len(text.splitlines())


def test_ten_mistakes_in_one_file_are_ten_findings(tmp_path):
    """Of every kind: wrong shapes don't hide what the rest of the file means."""
    kinds = [
        "an unknown key", "a wrong type", "a wrong choice",
        "a plain host", "an unknown error class", "a size without a unit", "an unknown argument",
        "an unknown limit", "one wire value for two",
    ]  # fmt: skip
    text = PLAIN.replace('path = "/positions"\n', "", 1)
    for kind in kinds:
        before, after, _, _ = MISTAKES[kind]
        text = text.replace(before, after, 1)

    with pytest.raises(errors.SchemaError, match=r"10 problems in schemas/plain/v1\.toml") as caught:
        api_of(tmp_path, text)
    assert all(MISTAKES[kind][3] in caught.value.message for kind in kinds)
    assert "endpoints.positions: the key 'path' is missing" in caught.value.message


def test_a_misspelt_key_is_one_finding_not_also_a_missing_one(tmp_path):
    with pytest.raises(errors.SchemaError, match=r"1 problem in schemas/plain/v1\.toml"):
        api_of(tmp_path, PLAIN.replace("ok = ", "okay = ", 1))


@pytest.mark.parametrize("broken", ['vreb = "lead.set_symbols"', "verb = 5", 'verb = "Lead!"'])
def test_one_mistake_of_shape_is_one_finding(tmp_path, broken):
    """What hangs on the broken key is not told: it would be about the repair."""
    text = GUILD.replace('verb = "lead.set_symbols"', broken, 1)

    with pytest.raises(errors.SchemaError, match=r"1 problem in schemas/guild/v1\.toml"):
        api_of(tmp_path, text, "guild")


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path):
    with pytest.raises(errors.SchemaError, match=r"v1.toml: not TOML: .*line 3"):
        api_of(tmp_path, "schema = 1\n\nid = \n")


def test_a_file_that_does_not_exist_is_told(tmp_path):
    with pytest.raises(errors.SchemaError, match="can't be read"):
        load_file(tmp_path / "none.toml")


def test_an_unknown_schema_lists_the_known_ones():
    with pytest.raises(errors.SchemaError, match="there are bitget/v1-futures, "):
        load_schema("bitget/v3")


@pytest.mark.parametrize("schema_id", schema_ids())
def test_every_shipped_schema_is_clean(schema_id):
    load_schema(schema_id).compile_all()


def test_a_white_label_overrides_single_keys_and_each_key_knows_its_file(tmp_path):
    text = 'extends = "toobit/v2"\nid = "plain/v1"\nname = "Label"\n[hosts]\nrest = ["https://api.label.example"]\n'

    api = api_of(tmp_path, text)

    assert (api.schema.name, api.schema.hosts.rest, api.schema.default) == (
        "Label",
        ["https://api.label.example"],
        False,
    )
    assert len(api.schema.endpoints) == len(load_schema("toobit/v2").schema.endpoints)
    assert api.where("hosts", "rest") == "schemas/plain/v1.toml:5"
    assert api.where("endpoints", "positions", "fields", "size").startswith("schemas/toobit/v2.toml:")


LABEL = 'extends = "toobit/v2"\nid = "plain/v1"\nname = "Label"\n'


def test_what_does_not_hold_is_left_out_of_what_is_extended(tmp_path):
    text = (
        LABEL
        + 'without = ["endpoints.unfollow", "endpoints.positions.fields.leader_name"]\n[missing]\nunfollow = "no"\n'
    )

    schema = api_of(tmp_path, text).schema

    assert "unfollow" not in schema.endpoints
    assert "leader_name" not in schema.endpoints["positions"].fields
    assert "leader_name" in load_schema("toobit/v2").schema.endpoints["positions"].fields


@pytest.mark.parametrize("name", ["endpoints.unfolow", "endpoints.positions.fields.id.join.0", "symbols.0", "id.x", ""])
def test_leaving_out_what_is_not_there_is_told(tmp_path, name):
    with pytest.raises(errors.SchemaError, match=r"v1.toml:4: without .*, which is no key of toobit/v2"):
        api_of(tmp_path, LABEL + f'without = ["{name}"]\n')


def test_extending_what_does_not_exist_is_told(tmp_path):
    with pytest.raises(errors.SchemaError, match=r"v1.toml:1: extends 'no/such'"):
        api_of(tmp_path, 'extends = "no/such"\n')


def test_lines_are_found_in_every_form_of_a_key():
    text = (
        '# c\na = 1\n[t.u]\nb = [\n  1, # [\n  "]",\n]\n"c.d" = { e = 2,\n  f = 3 }\n[[list]]\ng = 1\n[[list]]\ng = 2\n'
    )
    lines = key_lines(text)

    assert [lines[key] for key in [("a",), ("t", "u"), ("t", "u", "b"), ("t", "u", "c.d"), ("t", "u", "c.d", "e")]] == [
        2,
        3,
        4,
        8,
        8,
    ]
    assert (lines["list", "0", "g"], lines["list", "1", "g"]) == (11, 13)
    assert line_of(lines, ("t", "u", "b", "0")) == 4


def test_a_schema_runs_no_code_and_opens_nothing_while_it_is_read(tmp_path):
    """Nothing but the file itself is opened; no process, no socket, no import by a name in the file."""
    import subprocess
    import sys

    code = (
        "import sys, pathlib; from tests.schemas import PLAIN; from unifiedcopy.schema import load_file; "
        "import unifiedcopy.schema.lint, unifiedcopy.schema.diagnose\n"
        f"path = pathlib.Path({str(tmp_path)!r}) / 'schemas' / 'plain' / 'v1.toml'; path.parent.mkdir(parents=True)\n"
        "path.write_text(PLAIN.replace('data.list', '__import__'))\n"
        "seen = []\n"
        "sys.addaudithook(lambda event, args: seen.append((event, str(args[0]))) if event in"
        " ('open', 'import', 'socket.connect', 'subprocess.Popen', 'os.system') else None)\n"
        "load_file(path).compile_all()\n"
        "print([entry for entry in seen if entry[0] != 'open' or 'v1.toml' not in entry[1]])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stdout.strip() == "[]", done.stderr
