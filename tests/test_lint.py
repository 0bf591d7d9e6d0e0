"""Wrong schema files: every problem at once, each with its line and a cure."""

import pytest

from tests.mistakes import GUILD_MISTAKES, MISTAKES
from tests.schemas import GUILD, PLAIN, api_of
from unifiedcopy import errors
from unifiedcopy.schema import load_schema, schema_ids
from unifiedcopy.schema.lines import key_lines, line_of
from unifiedcopy.schema.load import load_file

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
