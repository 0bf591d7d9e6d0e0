"""The canary run, small: a part of the suite is silent, and the search finds what is let out on purpose."""

from tests.proof import canary
from unifiedcopy.redaction import forms

PART = ["tests/test_request_path.py::test_no_error_holds_a_credential_or_an_object_of_the_http_library"]
PART += ["tests/cli/test_read.py::test_a_table_is_data_and_the_rest_is_talk"]


def test_a_part_of_the_suite_lets_nothing_out_and_what_is_planted_is_found(capsys):
    assert canary.main(["--plant", "--select", *PART]) == 0

    figures = capsys.readouterr().out
    assert "hits 0" in figures
    assert "found 24 of 24" in figures


def test_a_mark_in_any_form_is_found_in_any_file(tmp_path):
    marks = (canary.new_mark(), canary.new_mark())
    every = forms(marks[1])  # of few marks two forms are the same
    for number, form in enumerate(every):
        (tmp_path / f"{number}.db").write_bytes(b"\x00" * 100 + form.encode() + b"\xff")
    (tmp_path / "profiles.toml").write_text(marks[0])

    searched = canary.search(tmp_path, canary.needles(marks))

    assert len(every) >= 5
    assert sorted(hit.where for hit in searched.hits) == [f"{number}.db" for number in range(len(every))]


def test_a_file_may_not_be_named_after_a_mark_nor_hold_its_beginning(tmp_path):
    marks = (canary.new_mark(), canary.new_mark())
    (tmp_path / marks[0]).write_text(f"{marks[0][:14]}…")

    hits = canary.search(tmp_path, canary.needles(marks)).hits

    assert len(hits) == 2


def test_a_leak_and_a_plant_that_is_not_found_fail_the_run(capsys):
    leak = canary.Searched(10, [canary.Hit("printed", 3, "key ")])

    assert canary.report(0, "1 passed", [], canary.Searched(10, []), planted=0) == 0
    assert canary.report(0, "1 passed", [], leak, planted=0) == 1
    assert canary.report(0, "1 passed", [], canary.Searched(10, []), planted=1) == 1
    assert canary.report(1, "1 failed", ["FAILED a"], canary.Searched(10, []), planted=0) == 1
    assert "printed at 3" in capsys.readouterr().out
