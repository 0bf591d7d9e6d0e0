"""What a key may do, as far as its venue tells: each mix of rights, over a socket, and what is left open."""

from itertools import combinations

import pytest
import stamina

import unifiedcopy as uc
from tests.schemas import PLAIN, api_of
from tests.venue import Say, ScriptedVenue
from unifiedcopy import errors
from unifiedcopy.sandbox import Sandbox, known_venues
from unifiedcopy.schema import load_schema, schema_ids

TOLD = """
[permissions]
endpoint = "key"
rights = "data.rights"
read = ["r"]
trade = ["t"]
withdraw = ["w"]
other = ["o"]
ips = "data.ips"
expires_at = "data.ends"

[endpoints.key]
method = "GET"
path = "/key"
source = "invented"
[endpoints.key.unmapped]
"data.rights" = "what the key may do"
"data.ips" = "where it may be used"
"data.ends" = "until when"
"""


def _tells(schema_id: str) -> bool:
    """A white label has no emulator of its own."""
    return load_schema(schema_id).schema.permissions is not None and schema_id.partition("/")[0] in known_venues()


TELLING = [schema_id for schema_id in schema_ids() if _tells(schema_id)]
MIXES = [frozenset(mix) for size in range(4) for mix in combinations(("read", "write", "withdraw"), size)]


@pytest.fixture(autouse=True)
def no_backoff():
    with stamina.set_testing(True, attempts=1):
        yield


async def told(tmp_path, data: object) -> uc.KeyPermissions:
    async with ScriptedVenue() as venue, venue.exchange(api_of(tmp_path, PLAIN + TOLD)) as ex:
        venue.script = [Say({"code": 0, "data": data})]
        return await ex.key_permissions()


@pytest.mark.parametrize(
    ("rights", "expected"),
    [
        (["r"], (True, False, False)),
        ("r,t", (True, True, False)),
        ("w , r", (True, False, True)),
        ([], (False, False, False)),
        (["r", "o"], (True, False, False)),
        (["r", "new"], (True, None, None)),
        (["w", "new"], (None, None, True)),
        ("t", (False, True, False)),
    ],
)
async def test_a_word_that_is_not_known_leaves_open_what_no_other_word_says(tmp_path, rights, expected):
    may = await told(tmp_path, {"rights": rights})

    assert (may.read, may.trade, may.withdraw) == expected


@pytest.mark.parametrize("data", [{"rights": None}, {}, None])
async def test_rights_that_are_not_there_are_not_no_rights(tmp_path, data):
    with pytest.raises(errors.NullResponse):
        await told(tmp_path, data)


@pytest.mark.parametrize(
    ("data", "bound", "ends"),
    [
        ({"ips": "1.2.3.4,5.6.7.8", "ends": "1784419200000"}, True, 1784419200000),
        ({"ips": ["1.2.3.4"], "ends": 1784419200000}, True, 1784419200000),
        ({"ips": "", "ends": ""}, False, None),
        ({"ips": [], "ends": 0}, False, None),
        ({"ips": None, "ends": "never"}, None, None),
        ({}, None, None),
    ],
)
async def test_where_and_until_when_a_key_may_be_used(tmp_path, data, bound, ends):
    may = await told(tmp_path, {"rights": "r", **data})

    assert (may.ip_bound, may.expires_at) == (bound, ends)


@pytest.mark.parametrize("rights", MIXES, ids=lambda mix: "+".join(sorted(mix)) or "nothing")
@pytest.mark.parametrize("schema_id", TELLING)
async def test_each_mix_of_rights_of_a_sandbox_key_is_told(schema_id, rights):
    """What a venue does not tell stays open; a venue may refuse a key that can't even read."""
    name = schema_id.partition("/")[0]
    words = load_schema(schema_id).schema.permissions
    async with Sandbox(seed=7, venues=[name]) as box:
        server = box[name]
        kind = server.accounts["main"].kind
        key = server.world.open_account("key", kind=kind, permissions=rights, passphrase=True)
        async with uc.connect(schema_id, **key.credentials, base_url=server.url, account="key") as ex:
            try:
                may = await ex.key_permissions()
            except errors.PermissionDenied:
                assert "read" not in rights
                return

    assert (may.exchange, may.account) == (schema_id, "key")
    assert may.read is ("read" in rights)
    assert may.trade is ("write" in rights)
    assert may.withdraw is ("withdraw" in rights if words.withdraw else None)
    assert may.ip_bound is False


async def test_an_api_that_tells_nothing_says_so_before_any_request(plain):
    async with ScriptedVenue() as venue, venue.exchange(plain) as ex:
        with pytest.raises(errors.NotSupported, match="does not tell what its key may do"):
            await ex.key_permissions()

        assert venue.received == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('endpoint = "key"', 'endpoint = "kye"', "there is no endpoint 'kye'"),
        ('endpoint = "key"', 'endpoint = "unfollow"', "writes"),
        ('other = ["o"]', 'other = ["w"]', "can't mean something and nothing"),
    ],
)
def test_a_wrong_table_of_permissions_is_told_with_its_line(tmp_path, old, new, says):
    with pytest.raises(errors.SchemaError, match=says):
        api_of(tmp_path, PLAIN + TOLD.replace(old, new))
