"""The conformance kit on an invented venue: a good schema passes, each way to break it fails in the right words."""

from pathlib import Path

import pytest

from tests.testing.acme import CASES, POSITIONS, SCHEMA
from unifiedcopy import errors, reading
from unifiedcopy.schema import places
from unifiedcopy.schema.compile import Reader
from unifiedcopy.schema.envelope import Verdict
from unifiedcopy.testing import CaseFiles, conformance

PLUGIN = ("-p", "unifiedcopy.testing.plugin", "-p", "no:cacheprovider", "-p", "no:asyncio")


class Venue:
    """The venue's files in a folder of their own."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.schema = pytester.path / "schemas" / "acme" / "v1.toml"
        self.cases = self.schema.with_name("v1.cases.toml")
        self.samples = self.schema.with_name("v1.cases")

    def write(self, schema: str = SCHEMA, cases: str = CASES, positions: str = POSITIONS) -> None:
        self.samples.mkdir(parents=True)
        self.schema.write_text(schema)
        self.cases.write_text(cases)
        (self.samples / "positions.json").write_text(positions)

    def run(self, *arguments: str) -> pytest.RunResult:
        return self.pytester.runpytest_inprocess(*PLUGIN, *(arguments or ("schemas/acme/v1.toml",)))

    def failures(self, *arguments: str) -> str:
        """What a run prints, after making sure that it failed."""
        result = self.run(*arguments)
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        return result.stdout.str()


@pytest.fixture
def venue(pytester) -> Venue:
    return Venue(pytester)


def edited(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.parametrize("arguments", [("schemas/acme/v1.toml",), ("schemas/acme/v1.cases.toml",), ("schemas",), ()])
def test_a_good_schema_passes_however_it_is_collected(venue, arguments):
    venue.write()
    result = venue.pytester.runpytest_inprocess(*PLUGIN, *arguments)

    assert result.ret == 0
    assert result.parseoutcomes().keys() == {"passed"}
    assert result.parseoutcomes()["passed"] > 25


def test_cases_may_stand_in_the_tests_folder(venue):
    venue.write()
    apart = venue.pytester.path / "tests" / "cases" / "acme" / "v1.toml"
    apart.parent.mkdir(parents=True)
    venue.cases.rename(apart)
    data = venue.pytester.path / "tests" / "data" / "acme"
    data.mkdir(parents=True)
    venue.samples.rename(data / "v1")

    for arguments in (("tests",), ("schemas/acme/v1.toml",)):
        assert venue.run(*arguments).parseoutcomes()["passed"] > 25


SCHEMA_MISTAKES = {
    "a wrong key": ('unit = "base"', 'unit = "bse"', "schema: no problems", ["fields.size.unit", "'bse'"]),
    "a wrong sign": (
        'fee = { from = "fee", unit = "charged" }',
        'fee = { from = "fee", unit = "paid" }',
        "positions: positions.json is read",
        ["positions.json, row 0, fee: expected '0.3', got '-0.3'"],
    ),
    "a key not mapped": (
        'margin_mode = "mode"\n',
        "",
        "positions: positions.json, every wire key",
        ["new field 'data.list[].mode'; map it, or list it under unmapped"],
    ),
    "a new enum value": (
        "cross = 0, isolated = 1",
        "isolated = 1",
        "positions: positions.json, every wire key",
        ["new value '0' of margin_mode"],
    ),
    "a misspelt key": (
        'margin_mode = "mode"',
        'margin_mode = "moode"',
        "positions: every mapped wire key is seen",
        ["no sample of positions holds 'moode' (margin_mode)"],
    ),
    "a misspelt cursor": (
        'next = "data.next"',
        'next = "data.nxt"',
        "positions: every mapped wire key is seen",
        ["no sample of positions holds 'data.nxt' (next)"],
    ),
    "a misspelt required key": (
        'id = "id"\n',
        'id = "uid"\n',
        "positions: required fields are there",
        ["positions.json, row 0, id (wire uid): is missing"],
    ),
    "another key in the place of a required one": (
        'id = "id"\n',
        'id = ["id", "symbol"]\n',
        "positions: a required field that is missing withholds its row",
        ["id absent: id is 'BTCUSDT', where the row must be withheld", "id renamed: id is 'BTCUSDT'"],
    ),
    "placeholders told by the wrong key": (
        "empty_codes = ",
        'skip_zero = "fee"\nempty_codes = ',
        "positions: positions.json is read",
        ["row 1, row (wire ): the row can't be read", "expected 2 rows, got 1"],
    ),
    "one side only": (
        'side = "side"\n',
        'side = { const = "long" }\n',
        "positions: both sides",
        ["the side is always long, but contracts have two"],
    ),
    "an invented value": (
        'leader_id = "leader"',
        'leader_id = { from = "leader", default = "0" }',
        "positions: an optional field that is absent, null or empty is None",
        ["leader absent: leader_id should be None, got '0'", "leader null:", "leader empty:"],
    ),
    "nothing there is an error": (
        'empty_codes = ["20"]\n',
        "",
        "positions: nobody is followed is read",
        ["is an error:", "you follow nobody"],
    ),
    "an error that is read as rows": (
        'items = "data.list"\n',
        'items = "data.list"\nbare = true\n',
        "positions: a failure with HTTP 200 is an error",
        ["positions.json with the code -98765 on HTTP 200 passes for a success: 2 rows"],
    ),
    "a code that proves nothing": (
        '[errors.rejected]\nBadRequest = ["7"]\nNotFollowing = ["20"]\n[errors.unknown]\n',
        '[errors.rejected]\nNotFollowing = ["20"]\n[errors.unknown]\nBadRequest = ["7"]\n',
        'positions: {"code": 7, "msg": "no such symbol"} is BadRequest',
        ["expected BadRequest, rejected; got BadRequest, unknown"],
    ),
    "a code of another class": (
        'BadRequest = ["7"]\nNotFollowing = ["20"]',
        'BadRequest = []\nNotFollowing = ["20", "7"]',
        "errors: the rejected codes are the listed ones",
        ["rejected code 7: expected BadRequest, got NotFollowing"],
    ),
    "another text is signed": (
        "{timestamp}{query}{body}",
        "{timestamp}{body}{query}",
        "signing: computed with openssl",
        ["expected the signature", "got '"],
    ),
    "a proof in another header": (
        'X-SIGN = "{signature}"',
        'X-SIGNATURE = "{signature}"',
        "signing: computed with openssl",
        ["expected the header X-SIGN = '", "got None"],
    ),
    "a proof in the query": (
        "[signing.default.headers]",
        '[signing.default.query]\nsign = "{signature}"\n[signing.default.headers]',
        "signing: computed with openssl",
        ["expected the target '/x?a=1', got '/x?a=1&sign="],
    ),
    "another message": (
        'message = "msg"',
        'message = "message"',
        "positions: {",
        ["the error does not say the venue's own text"],
    ),
    "a clock that must be signed for": (
        'endpoint = "time"\n',
        'endpoint = "positions"\n',
        "clock: ",
        ["positions is signed, but what signs needs the clock first"],
    ),
    "another limit": ("requests = 5", "requests = 50", "positions: limits", ["expected 5/1s uid; got 50/1s uid"]),
    "nothing is refused": (
        'pattern = "[a-z0-9.]+" }',
        'pattern = ".+" }',
        "refused: a leader's id with a slash",
        ["should be refused for 'leader', but is sent: DELETE /leaders/7%2F7"],
    ),
    "another path": (
        'path = "/positions"',
        'path = "/position"',
        "request: the first page",
        ["path: expected '/positions', got '/position'"],
    ),
    "another name of a parameter": (
        'tp = { from = "take_profit.price"',
        'takeProfit = { from = "take_profit.price"',
        "request: a take profit",
        ['body: expected \'{"id":"11","tp":"65000"}\', got \'{"id":"11","takeProfit":"65000"}\''],
    ),
    "a verb that is refused": (
        'leader = { from = "leader_id", required = true, pattern = "[a-z0-9.]+" }',
        'leader = { from = "leader_id", required = true, pattern = "[a-z]+" }',
        "request: an end",
        ["an end: nothing is sent: BadRequest", "does not fit the venue's form"],
    ),
    "a walk that stops early": (
        'style = "cursor", param = "cursor", size = "limit", max_size = 3, next = "data.next"',
        'style = "id", param = "cursor", size = "limit", max_size = 3, row_id = "leader"',
        "positions: a walk through pages ends",
        ["walking 3 pages of one row each: 2 rows after 2 requests"],
    ),
    "a cursor that does not fit": (
        'cursor = { pattern = "[a-z0-9]+" }',
        'cursor = { pattern = "[0-9]+" }',
        "positions: a cursor fits",
        ["positions.json: its cursor can't be sent back"],
    ),
    "another unit of time": ('unit = "s"', 'unit = "ms"', "clock: ", ["expected 1700000000000, got 1700000000"]),
    "other ids": ('ids = "data.id"', 'ids = "data.uid"', "set_tpsl: ", ["expected the ids ['55'], got [None]"]),
}


@pytest.mark.parametrize("mistake", SCHEMA_MISTAKES)
def test_a_broken_schema_fails_with_its_line_and_the_difference(venue, mistake):
    old, new, item, words = SCHEMA_MISTAKES[mistake]
    schema = edited(SCHEMA, old, new)
    venue.write(schema=schema)
    said = venue.failures()

    assert f"_ {item}" in said
    assert "schemas/acme/v1.toml:" in said
    assert [part for part in words if part not in said] == []
    assert "Traceback" not in said
    assert [line for line in said.splitlines() if ".py:" in line and not line.startswith("DEBUG ")] == []


def test_the_line_is_the_one_that_is_wrong(venue):
    schema = edited(SCHEMA, 'fee = { from = "fee", unit = "charged" }', 'fee = { from = "fee", unit = "paid" }')
    venue.write(schema=schema)

    assert f"schemas/acme/v1.toml:{line_of(schema, 'fee = ')}: positions.json, row 0, fee" in venue.failures()


CASE_MISTAKES = {
    "no figure for a unit": ('fee = "0.3"\n', "", "no case has a fee, so nothing proves its unit"),
    "no short": ('side = "short"', 'side = "long"', "no case shows a short position"),
    "a vanished sample": ('file = "positions.json"', 'file = "position.json"', "position.json can't be read"),
    "an unknown endpoint": ('endpoint = "unfollow"', 'endpoint = "unfolow"', "there is no endpoint 'unfolow'"),
    "an unknown key": ('says = "an end"', 'say = "an end"', "did you mean 'says'"),
    "no TOML": ('says = "an end"', "says = an end", "can't be read"),
    "an open value": (
        'entry_price = "60000.1"',
        'entry_price = "TODO"',
        "row 0: the case still says TODO for entry_price",
    ),
    "an open request": ('args = { leader = "77" }', 'args = { leader = "TODO" }', "an end: the case still says TODO"),
    "an open signature": ('secret = "the-secret"', 'secret = "TODO"', "openssl: the case still says TODO"),
    "no request of a verb": ('verb = "set_tpsl"', 'call = "time"', "no [[request]] case of set_tpsl"),
    "a row too many": ('absent = ["entry_price", "fee"]', "[[answer.rows]]\nid = '13'", "expected 3 rows, got 2"),
    "another error class": (
        'class = "BadRequest"',
        'class = "NotFound"',
        "expected NotFound, rejected; got Bad",
    ),
    "another next page": ('next = "abc"', 'next = "abd"', "paging.next: expected 'abd', got 'abc'"),
    "no signature": ("[[signature]]", "[[signatures]]", "did you mean 'signature'"),
}


@pytest.mark.parametrize("mistake", CASE_MISTAKES)
def test_a_wrong_case_file_says_what_is_wrong(venue, mistake):
    old, new, words = CASE_MISTAKES[mistake]
    venue.write(cases=edited(CASES, old, new))
    said = venue.failures()

    assert words in said
    assert "Traceback" not in said


DOCUMENTED = """
[documented]
unfollow = "DELETE /leaders/{leader} open_copies:kept leader!/[a-z0-9.]+/"
[api]
rest = ["https://api.acme.example"]
status = "live"
"""
PAGE_MISTAKES = {
    "a parameter that is not there": ("leader!/", "since!/", "documented: not in the schema: since!/[a-z0-9.]+/"),
    "a parameter too many": (" leader!/[a-z0-9.]+/", "", "documented: not in the cases: leader!/[a-z0-9.]+/"),
    "another method": ("DELETE", "POST", "documented: not in the schema: POST"),
    "another end of copies": ("copies:kept", "copies:closed", "documented: not in the schema: open_copies:closed"),
    "another host": ("api.acme", "acme", "[api] rest: expected ['https://acme.example'], got ['https://api."),
    "a fact that nobody knows": ("status =", "state =", "nothing: [api] knows rest, test and status"),
    "an endpoint that is not there": ("unfollow =", "follow =", "[documented]: there is no endpoint 'follow'"),
}


@pytest.mark.parametrize("mistake", PAGE_MISTAKES)
def test_a_schema_that_is_not_as_documented_fails(venue, mistake):
    old, new, words = PAGE_MISTAKES[mistake]
    venue.write(cases=CASES + edited(DOCUMENTED, old, new))

    assert words in venue.failures()


def test_a_schema_that_is_as_documented_passes(venue):
    venue.write(cases=CASES + DOCUMENTED)

    assert venue.run().ret == 0


def test_an_api_without_a_signature_case_is_not_proved(venue):
    venue.write(cases=CASES.partition("[[signature]]")[0])

    assert "no [[signature]] case proves [signing.default]" in venue.failures()


def test_what_no_sample_can_show_is_excused_with_a_reason(venue):
    schema = edited(SCHEMA, 'margin_mode = "mode"', 'margin_mode = "mode"\nleverage = "lever"')
    venue.write(schema=schema, cases=f'{CASES}\n[unseen]\n"positions.lever" = "in the table, not in the example"\n')

    assert venue.run().ret == 0


def test_a_schema_without_cases_is_told_what_to_write(venue):
    venue.write()
    venue.cases.unlink()

    assert "no [[answer]] case of positions" in venue.failures()


def test_a_file_that_is_no_toml_is_one_failure_in_words(venue):
    venue.write(schema="schema = 1\nid =")
    said = venue.failures()

    assert "not TOML" in said
    assert "1 failed" in said


def test_a_library_that_walks_for_ever_is_noticed(venue, monkeypatch):
    """No schema can say this, so the library is broken for a moment."""
    venue.write()
    monkeypatch.setattr(reading._Known, "fresh", lambda self, items: items)

    assert "a venue that repeats its page: no end after 12 requests" in venue.failures()


def test_the_kit_works_without_pytest(venue):
    venue.write(schema=edited(SCHEMA, 'path = "/tpsl"', 'path = "/tp"'))
    found = {check.name: [str(problem) for problem in check.run()] for check in conformance(CaseFiles(venue.schema))}

    wrong = {name: problems for name, problems in found.items() if problems}
    assert list(wrong) == ["request: a take profit"]
    assert wrong["request: a take profit"][0].endswith("path: expected '/tpsl', got '/tp'")


@pytest.fixture
def label(venue, monkeypatch):
    """Checks a white label of the invented venue, of a file with these lines more."""
    venue.write()
    folder = venue.schema.parents[1]
    monkeypatch.setattr(places, "schema_folder", lambda: folder)
    path = folder / "label" / "v1.toml"
    path.parent.mkdir()
    path.with_name("v1.cases.toml").write_text("")

    def checked(lines: str = "") -> dict[str, list[str]]:
        path.write_text(f'schema = 1\nid = "label/v1"\nextends = "acme/v1"\nname = "Label"\n{lines}')
        return {check.name: [problem.text for problem in check.run()] for check in conformance(CaseFiles(path))}

    return checked


def test_the_cases_of_what_a_white_label_extends_are_its_own(venue, label):
    found = label('[endpoints.positions.unmapped]\nother = "a field that only the label has"')

    left = {check.name for check in conformance(CaseFiles(venue.schema))} - set(found)
    assert left == {"set_tpsl: has cases", "unfollow: has cases", "signing: default is proved"}  # not its own
    assert not any(found.values())


def test_where_a_white_label_changes_an_endpoint_it_needs_cases_of_its_own(label):
    found = label('[endpoints.set_tpsl]\npath = "/other"')

    assert found["set_tpsl: has cases"] == ["no [[accepted]] case of set_tpsl", "no [[request]] case of set_tpsl"]
    assert not any(problems for name, problems in found.items() if name != "set_tpsl: has cases")


def test_other_test_runs_do_not_notice_the_plugin(pytester, monkeypatch):
    """Neither its imports nor TOML files that are no cases."""
    (pytester.path / "tests" / "cases" / "x").mkdir(parents=True)
    (pytester.path / "tests" / "cases" / "x" / "y.toml").write_text("a = 1")
    (pytester.path / "pyproject.toml").write_text("")
    pytester.makepyfile(
        test_other="import sys\n\ndef test_nothing_is_loaded():\n"
        "    assert not {'aiohttp', 'stamina', 'unifiedcopy.schema', 'unifiedcopy.testing.checks'} & set(sys.modules)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    result = pytester.runpytest_subprocess(*PLUGIN)

    assert result.parseoutcomes() == {"passed": 1}


def test_a_library_that_takes_an_empty_list_for_an_error_is_noticed(venue, monkeypatch):
    """No schema can say this either."""
    venue.write()
    read = Reader.read

    def strict(self, *arguments):
        rows = read(self, *arguments)
        if not rows.items and not rows.said_empty:
            raise errors.NullResponse("nothing there", outcome="unknown")
        return rows

    monkeypatch.setattr(Reader, "read", strict)
    said = venue.failures()

    assert "_ positions: an empty list is no rows _" in said
    assert "an empty list is an error: nothing there" in said


def test_a_library_that_trusts_a_failing_server_is_noticed(venue, monkeypatch):
    venue.write()
    error = Verdict.error
    monkeypatch.setattr(Verdict, "error", lambda self, name, code, message, _: error(self, name, code, message, 200))
    said = venue.failures()

    assert "_ errors: every code of BadRequest, rejected _" in said
    assert "code '7' (HTTP 500): expected BadRequest, unknown; got BadRequest, rejected" in said
