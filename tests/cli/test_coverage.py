"""``exchanges --coverage``."""

from unifiedcopy.cli.exits import Exit
from unifiedcopy.coverage import covered_ids


def test_every_api_is_counted(run):
    done = run("exchanges", "--coverage", "--json")
    found = {api["id"]: api for api in done.json["apis"]}

    assert done.json["schema"] == "unifiedcopy.coverage/1"
    assert sorted(found) == covered_ids()
    for api in found.values():
        rows = [row for row in api["endpoints"] if row["documented"]]
        assert api["documented"] == len(rows)
        assert api["declared"] == sum(bool(row["declared_as"]) for row in rows)
        assert api["mapped"] == sum(bool(row["verbs"]) for row in rows) <= api["declared"]
        assert api["tested"] == sum(row["tested"] for row in rows) <= api["declared"]
        assert api["emulated"] == sum(row["emulated"] for row in rows)


def test_of_one_api_every_endpoint_is_told(run):
    told = run("exchanges", "toobit", "--coverage").stdout

    (line,) = (line for line in told.splitlines() if "PUT /api/v2/copy-trading/follower/config" in line)
    assert line.split()[0] == "follower"
    assert line.split()[-5:] == ["yes", "follow", "follow", "yes", "yes"]


def test_the_table_for_the_readme_is_whole(run):
    lines = run("exchanges", "--coverage", "--markdown").stdout.splitlines()

    assert len(lines) == 2 + len(covered_ids())
    assert len({line.count("|") for line in lines}) == 1


def test_a_venue_that_is_not_there_is_named(run):
    done = run("exchanges", "nowhere", "--coverage")

    assert done.code == Exit.CONFIG
    assert "nowhere" in done.stderr
