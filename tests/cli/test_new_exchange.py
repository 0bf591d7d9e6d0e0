"""``new-exchange``: from sample answers to a schema that ``check`` and the conformance kit pass."""

import json
import tomllib
from pathlib import Path

import pytest

from tests.testing.acme import POSITIONS
from unifiedcopy.schema.places import found
from unifiedcopy.testing import CaseFiles, conformance

SAMPLES = {
    "positions.json": POSITIONS,
    "tpsl.json": '{"code": 0, "data": {"id": "55"}}',
    "time.json": '{"code": 0, "data": {"now": 1700000000}}',
    "refused.json": '{"code": 7, "msg": "no such symbol"}',
}
ARGUMENTS = (
    "--from",
    "positions.json",
    "--from",
    "set_tpsl=tpsl.json",
    "--from",
    "time.json",
    "--from",
    "refused.json",
)
SCHEMA_EDITS = [
    ('"TODO: the document, and its date"', '"invented for a test"'),
    ("https://api.example.invalid", "https://api.acme.example"),
    ('OperationFailed = ["7"]', 'BadRequest = ["7"]'),
    ("# AuthenticationError = [\"…\"]\n[errors.unknown]\n", ""),
    ("{timestamp}{method}{path}{?query}{body}", "{timestamp}{query}{body}"),
    ('"TODO: the page that tells how to sign"', '"invented"'),
    *[(f'{verb} = "TODO: an endpoint that serves it, or why the API has none"', f'{verb} = "not there"')
      for verb in ("list_leaders", "follow      ", "unfollow    ")],
    ('path   = "/TODO"\nsource = "TODO: the page of it"\nitems', 'path   = "/positions"\nsource = "invented"\nitems'),
    ('path   = "/TODO"\nsource = "TODO: the page of it"\nids', 'path   = "/tpsl"\nsource = "invented"\nids'),
    ('path   = "/TODO"\nsource = "TODO: the page of it"\nsign', 'path   = "/time"\nsource = "invented"\nsign'),
    ('at          = "TODO: such as 1700000000000"\n', ""),
    ("[endpoints.positions.unmapped]\n", 'opened_at = { from = "at", unit = "ms" }\n[endpoints.positions.unmapped]\n'),
    ('"TODO: such as \\"https://pictures.example/1\\""', '"a picture"'),
    ('"data.next" = "TODO"\n', ""),
    (
        '# paging = { style = "cursor", param = "…", next = "data.next" }  # check: more pages?\n',
        'paging = { style = "cursor", param = "cursor", next = "data.next" }\n'
        "[endpoints.positions.params]\ncursor = {}\n",
    ),
]  # fmt: skip
"""What an author who has the venue's pages does to the sketch."""
WRITES = """
[endpoints.set_tpsl.params]
id = { from = "position.id", required = true }
tp = { from = "take_profit.price", type = "decimal" }
"""


@pytest.fixture
def samples(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in SAMPLES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def edited(text: str, edits) -> str:
    for old, new in edits:
        assert text.count(old) == 1, (old, text)
        text = text.replace(old, new)
    return text


def test_the_loop_from_samples_to_a_schema_ends_green(run, samples):
    assert run("new-exchange", "acme/v1", *ARGUMENTS).code == 0
    schema = samples / "acme" / "v1.toml"

    first = run("check", str(schema))
    assert first.code == 4
    lines = schema.read_text().splitlines()
    told = first.stdout.splitlines()[:-1]
    assert sum("set_tpsl sends no" in line for line in told) == 2
    for number in [int(line.split(":")[1].split()[0]) for line in told if "sends no" not in line]:
        assert "TODO" in lines[number - 1] or ".invalid" in lines[number - 1]

    schema.write_text(edited(schema.read_text(), SCHEMA_EDITS) + WRITES)
    last = run("check", str(schema))
    assert (last.code, "acme/v1: no problems" in last.stdout) == (0, True), last

    found = {check.name: [str(problem) for problem in check.run()] for check in conformance(CaseFiles(schema))}
    wrong = [problem for problems in found.values() for problem in problems]
    assert any("positions.json, row 0: the case still says TODO for id, symbol" in problem for problem in wrong)

    rows = [
        {"id": "11", "side": "long", "size": "0.5", "entry_price": "60000.1", "margin_mode": "cross", "fee": "0.3",
         "leader_id": "77", "opened_at": 1700000000000},
        {"id": "12", "side": "short", "size": "2"},
    ]  # fmt: skip
    (samples / "acme" / "v1.cases.toml").write_text(author_cases(rows))
    left = {check.name: list(check.run()) for check in conformance(CaseFiles(schema))}
    assert {name: problems for name, problems in left.items() if problems} == {}


def author_cases(rows) -> str:
    shared = {"symbol": "BTC/USDT:USDT", "venue_symbol": "BTCUSDT", "size_unit": "base", "margin_asset": "USDT"}
    lines = ['[[answer]]\nsays = "both sides"\nendpoint = "positions"\nfile = "positions.json"\nnext = "abc"']
    for row in rows:
        lines += ["[[answer.rows]]", *(f"{key} = {json.dumps(value)}" for key, value in (shared | row).items())]
    position = '{ id = "11", venue_symbol = "BTCUSDT", side = "long", size = "0.5" }'
    return (
        "\n".join(lines)
        + f"""
[[accepted]]
endpoint = "set_tpsl"
file = "tpsl.json"
ids = ["55"]
[[time]]
file = "time.json"
ms = 1700000000000
[[error]]
endpoint = "positions"
file = "refused.json"
status = 200
class = "BadRequest"
outcome = "rejected"
[[request]]
says = "the first page"
verb = "positions"
expect = {{ method = "GET", path = "/positions" }}
[[request]]
says = "a take profit"
verb = "set_tpsl"
position = {position}
args = {{ take_profit = {{ price = "65000" }} }}
expect = {{ method = "POST", path = "/tpsl", body = '{{"id":"11","tp":"65000"}}' }}
[[signature]]
says = "computed with openssl"
api_key = "the-key"
secret = "the-secret"
timestamp = "1700000000000"
query = "a=1"
body = '{{"b":2}}'
expect = "5094d245a439a02b47aec771e600a96b61062b389c0079ad3adcb9951c1139a4"
"""
    )


def test_the_request_of_a_verb_is_sketched_with_its_arguments(run, samples):
    for verb in ("follow", "unfollow"):
        (samples / f"{verb}.json").write_text('{"code": 0, "data": {"id": "55"}}')
    run("new-exchange", "acme/v1", *ARGUMENTS, "--from", "follow.json", "--from", "unfollow.json")
    requests = tomllib.loads((samples / "acme" / "v1.cases.toml").read_text())["request"]
    asked = {case["verb"]: case for case in requests}

    assert asked["set_tpsl"]["position"].keys() == {"id", "venue_symbol", "side", "size"}
    assert asked["set_tpsl"]["args"] == {"take_profit": {"price": "TODO"}}
    assert asked["follow"]["settings"] == {"sizing": {"fixed_amount": "TODO"}}
    assert asked["unfollow"]["args"] == {"leader": "TODO"}
    assert "args" not in asked["positions"]


def test_every_wire_key_is_mapped_or_left_to_decide(run, samples):
    run("new-exchange", "acme/v1", *ARGUMENTS)
    positions = tomllib.loads((samples / "acme" / "v1.toml").read_text())["endpoints"]["positions"]

    sources = {line if isinstance(line, str) else line["from"] for line in positions["fields"].values()}
    assert sources | positions["unmapped"].keys() == {*json.loads(POSITIONS)["data"]["list"][0], "data.next"}
    assert all(reason.startswith("TODO") for reason in positions["unmapped"].values())


def test_the_result_is_a_document(run, samples):
    done = run("new-exchange", "acme/v1", "--from", "positions.json", "--json")

    assert done.json["schema"] == "unifiedcopy.new-exchange/1"
    assert done.json["endpoints"] == [{"endpoint": "positions", "verb": "positions", "mapped": 8, "open": 2}]
    assert done.json["open"] > 0


def test_the_samples_are_copied_as_they_came(run, samples):
    run("new-exchange", "acme/v1", "--from", "positions.json", "--out", "schemas/acme/v1.toml")

    assert (samples / "schemas" / "acme" / "v1.cases" / "positions.json").read_text() == POSITIONS


def test_nothing_is_overwritten_unless_forced(run, samples):
    run("new-exchange", "acme/v1", "--from", "positions.json")
    schema = samples / "acme" / "v1.toml"
    schema.write_text("mine")
    again = run("new-exchange", "acme/v1", "--from", "positions.json")

    assert (again.code, schema.read_text()) == (2, "mine")
    assert "exists; --force overwrites" in again.stderr
    assert run("new-exchange", "acme/v1", "--from", "positions.json", "--force").code == 0
    assert schema.read_text() != "mine"


def test_what_is_written_is_found_in_its_folder_and_then_exists(run, samples, monkeypatch):
    """The cases beside a schema are no schema."""
    run("new-exchange", "acme/v1", "--from", "positions.json")
    monkeypatch.setenv("UNIFIEDCOPY_PATH", str(samples))
    here = found(anew=True)

    assert (list(here.places), here.troubles) == (["acme/v1"], ())
    again = run("new-exchange", "acme/v1", "--from", "positions.json", "--force")
    assert (again.code, "acme/v1 exists" in again.stderr) == (2, True)


BAD = {
    "no JSON": ("acme/v1", "<html>no</html>", 4, "answer.json: is not JSON"),
    "half JSON": ("acme/v1", '{"code": 0, "data": [', 4, "answer.json: is not JSON"),
    "no text": ("acme/v1", b"\xff\xfe\x00", 4, "answer.json: is not JSON"),
    "an empty list": ("acme/v1", '{"code": 0, "data": {"list": []}}', 4, "the list at data.list is empty"),
    "a bare list": ("acme/v1", '[{"a": 1}]', 4, "is a list, where schemas know answers that are one JSON object"),
    "a number": ("acme/v1", "5", 4, "is 5, where schemas know"),
    "an empty object": ("acme/v1", "{}", 4, "is an empty object"),
    "an id that exists": ("toobit/v2", "{}", 2, "toobit/v2 exists"),
    "an id without an api": ("acme", "{}", 2, "'acme' is no id"),
    "an id that leads out": ("../v1", "{}", 2, "'../v1' is no id"),
    "an id in capitals": ("Acme/V1", "{}", 2, "'Acme/V1' is no id"),
}


@pytest.mark.parametrize("mistake", BAD)
def test_a_bad_sample_or_id_is_refused_in_words_and_writes_nothing(run, tmp_path, monkeypatch, mistake):
    schema_id, sample, code, words = BAD[mistake]
    monkeypatch.chdir(tmp_path)
    Path("answer.json").write_bytes(sample.encode() if isinstance(sample, str) else sample)
    done = run("new-exchange", schema_id, "--from", "positions=answer.json")

    assert (done.code, words in done.stderr) == (code, True), done
    assert "profiles" not in done.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["answer.json"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--from", "nowhere.json"), 4, "nowhere.json: can't be read"),
        (("--from", "."), 4, "can't be read"),
        (("--from", "bad name=positions.json"), 2, "is not [NAME=]FILE"),
        (("--from", "positions="), 2, "is not [NAME=]FILE"),
        (("--from", "positions.json", "--out", "other/v2.toml"), 2, "should end in acme/v1.toml"),
        (("--from", "positions.json", "--out", "positions.json/acme/v1.toml"), 4, "can't be written"),
        (("--from", "positions.json", "--from", "leader_positions=positions.json"), 2, "the same file name"),
        ((), 2, "--from"),
    ],
)
def test_wrong_arguments_are_refused_in_words(run, samples, arguments, code, words):
    done = run("new-exchange", "acme/v1", *arguments)

    assert (done.code, words in done.stderr) == (code, True), done
    assert not (samples / "acme").exists()
