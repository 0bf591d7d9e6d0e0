"""What the venues document is declared, all of it; what is declared beyond that says so."""

import re
from collections import Counter
from pathlib import Path

import pytest

from unifiedcopy import coverage as counting
from unifiedcopy.cli.coverage import COUNTS as TESTS
from unifiedcopy.cli.coverage import count
from unifiedcopy.coverage import MADE_UP, coverage, covered_ids
from unifiedcopy.errors import SchemaError
from unifiedcopy.schema import catalogue, load_schema, places, schema_ids
from unifiedcopy.schema.catalogue import ASIDE, catalogue_ids, load_catalogue

HERE = Path(__file__).parent

PAGES = {
    "bitget/v1-futures": 31,
    "bitget/v1-spot": 21,
    "bitget/v2-futures": 28,  # leader 15, follower 10, broker 3
    "bitget/v2-spot": 22,  # leader 12, follower 10
    "blofin/v1": 23,
    "okx/v5": 26,
    "toobit/v2": 16,  # follower 7, leader 9
    "zoomex/v3": 19,
    "zoomex/v3-leader": 12,
}
"""How many endpoints the venue's pages have, counted there and without supporting ones; of Zoomex V3, those that are
about the account and its contracts.
"""


@pytest.mark.parametrize("schema_id", covered_ids())
def test_every_documented_endpoint_is_declared(schema_id):
    assert schema_id in schema_ids()
    assert [entry.key for entry in coverage(schema_id).missing] == []


@pytest.mark.parametrize("schema_id", schema_ids())
def test_what_is_declared_is_listed_or_says_that_no_page_has_it(schema_id):
    """When this fails: list the endpoint in the catalogue (under ``aside`` when it isn't about copying), or give it
    ``status = "undocumented"``.
    """
    schema = load_schema(schema_id).schema
    clock = schema.clock.endpoint if schema.clock else None
    unlisted = [name for name in coverage(schema_id).beyond if name != clock]

    assert [name for name in unlisted if schema.endpoints[name].status != "undocumented"] == []


@pytest.mark.parametrize("schema_id", schema_ids())
def test_what_only_clients_know_is_declared_as_undocumented(schema_id):
    schema = load_schema(schema_id).schema
    names = [name for row in coverage(schema_id).undocumented for name in row.names]

    assert [name for name in names if schema.endpoints[name].status != "undocumented"] == []


def test_every_shipped_schema_has_a_catalogue():
    assert [schema_id for schema_id in schema_ids() if load_catalogue(schema_id) is None] == []


@pytest.mark.parametrize("schema_id", catalogue_ids())
def test_a_catalogue_has_as_many_endpoints_as_the_pages(schema_id):
    listed = load_catalogue(schema_id).expected

    assert sum(entry.documented and entry.role != "supporting" for entry in listed) == PAGES[schema_id]


def test_a_catalogue_is_not_taken_for_a_schema():
    assert all(schema_id.count("/") == 1 and not schema_id.endswith("/catalogue") for schema_id in schema_ids())
    assert not [schema_id for schema_id in schema_ids() if schema_id.startswith("catalogue/")]


UNFOLLOW = "DELETE /api/v2/copy-trading/follower/leaders/{}"


def test_a_route_counts_whatever_its_parameters_are_called():
    (unfollow,) = (row for row in coverage("toobit/v2").endpoints if row.listed.key == UNFOLLOW)

    assert (unfollow.names, unfollow.verbs, unfollow.tested, unfollow.emulated) == (
        ("unfollow",),
        ("unfollow",),
        True,
        True,
    )


def test_an_answer_without_a_file_of_the_page_is_no_documented_example():
    """What a case makes up, in its text or in a file that says so, tests nothing of the venue's page."""
    schema = load_schema("toobit/v2").schema
    cases = {
        "answer": [
            {"endpoint": "positions", "body": "{}"},
            {"endpoint": "following", "file": "follower_leaders_empty.edge.json"},
            {"endpoint": "follow_settings", "file": "follower_config_get.json"},
        ]
    }

    assert list(counting._documented_answers(schema, cases)) == ["GET /api/v2/copy-trading/follower/config"]


def test_a_file_that_no_page_prints_says_so_in_its_name():
    rows = re.findall(r"^\| (\S+) \| synthetic \|", (HERE / "data" / "SOURCES.md").read_text("utf-8"), re.M)

    assert rows
    assert [name for name in rows if not any(mark in name for mark in MADE_UP)] == []


def test_a_documented_request_counts_for_a_path_with_parameters():
    schema = load_schema("toobit/v2").schema
    request = {
        "documented": "page",
        "expect": {"method": "DELETE", "path": "/api/v2/copy-trading/follower/leaders/123456"},
    }

    assert list(counting._documented_requests(schema, {"request": [request]})) == [UNFOLLOW]


def test_where_the_cases_are_not_installed_nothing_is_said_about_them(monkeypatch, tmp_path):
    monkeypatch.setattr(counting, "schema_folder", lambda: tmp_path / "schemas")
    api = coverage("toobit/v2")

    assert count(api, TESTS["tested"]) is None
    assert count(api, TESTS["declared"]) is not None


# -- the files --------------------------------------------------------------------------------------------------------


@pytest.fixture
def write(monkeypatch, tmp_path):
    """Writes a file of a folder of schemas of its own."""
    folder = tmp_path / "schemas"
    for module in (catalogue, places):
        monkeypatch.setattr(module, "schema_folder", lambda: folder)
    load_catalogue.cache_clear()

    def written(name, text):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    yield written
    load_catalogue.cache_clear()


HEAD = 'api = "acme/v1"\nsource = "docs"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + '[leader]\n"FETCH /a" = "A"', "matching regex"),
        (HEAD + '[leader]\n"GET a" = "A"', "matching regex"),
        (HEAD + '[leaders]\n"GET /a" = "A"', "unknown field `leaders`"),
        (HEAD + '[leader]\n"GET /a/{x}" = "A"\n[public]\n"GET /a/{y}" = "A"', "listed twice: GET /a/{}"),
        ('api = "acme/v2"\nsource = "docs"\n', "api = 'acme/v2'"),
        ('api = "acme/v1"\n', "required field `source`"),
        ("api = ", "Invalid value"),
    ],
)
def test_a_wrong_catalogue_names_its_file_and_what_is_wrong(write, text, said):
    write("acme/catalogue/v1.toml", text)

    with pytest.raises(SchemaError, match=re.escape(said)) as caught:
        load_catalogue("acme/v1")
    assert "schemas/acme/catalogue/v1.toml" in str(caught.value)


def test_an_api_without_a_catalogue_has_that_of_the_one_it_extends(write):
    write("acme/catalogue/v1.toml", HEAD + '[leader]\n"GET /a" = "A"')
    write("acme/v1.toml", 'id = "acme/v1"')
    write("label/v1.toml", 'id = "label/v1"\nextends = "acme/v1"')

    assert load_catalogue("label/v1") == load_catalogue("acme/v1")
    assert load_catalogue("other/v1") is None


def test_a_line_may_say_its_page_and_that_only_clients_know_it(write):
    lines = """
    clients = "somebody's code"
    [leader]
    "GET /a" = "A"
    "GET /b" = { title = "B", page = "another page" }
    "GET /c" = { title = "C", documented = false }
    [aside]
    "GET /d" = "D"
    """
    write("acme/catalogue/v1.toml", HEAD + lines)
    found = load_catalogue("acme/v1")

    assert [entry.source for entry in found.endpoints] == ["docs", "another page", "somebody's code", "docs"]
    assert Counter(entry.role for entry in found.endpoints) == {"leader": 3, ASIDE: 1}
    assert [entry.title for entry in found.expected] == ["A", "B", "C"]
