"""What the schemas of Bitget V2 and its white label promise beyond single answers and requests, over a real socket."""

import json
import re
import time
import tomllib
from urllib.parse import urlsplit

import pytest

import unifiedcopy as uc
from tests.cases import HERE, every
from tests.credentials import KEY, PASSPHRASE, SECRET
from tests.venue import Say, ScriptedVenue
from unifiedcopy.request import build
from unifiedcopy.schema import load_schema, schema_ids
from unifiedcopy.schema.model import as_param

KEYS = {"api_key": KEY, "secret": SECRET, "passphrase": PASSPHRASE}
SIGNED = {"ACCESS-KEY", "ACCESS-SIGN", "ACCESS-TIMESTAMP", "ACCESS-PASSPHRASE"}
TIME = "/api/v2/public/time"
SPOT_LIMITS = HERE / "data" / "bitget" / "v2-spot" / "spot-follower.query-settings.json"
LABELS = [
    name
    for name in schema_ids()
    if (base := load_schema(name).schema.extends) and base.partition("/")[0] != name.partition("/")[0]
]


class Told(ScriptedVenue):
    """Tells the time when it is asked for, and else what a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = Say()
        self.script = [
            lambda received: (
                success({"serverTime": str(int(time.time() * 1000))}) if received.target == TIME else self.answer
            )
        ]

    @property
    def asked(self):
        return [received for received in self.received if received.target != TIME]


@pytest.fixture
async def venue():
    async with Told() as scripted:
        yield scripted


def connected(venue, schema_id):
    return uc.connect(schema_id, **KEYS, base_url=venue.url, account="me", write=True, read_back=False)


def success(data):
    return Say({"code": "00000", "msg": "success", "requestTime": int(time.time() * 1000), "data": data})


def position(schema_id, role="follower"):
    symbol, wire = ("BTC/USDT:USDT", "BTCUSDT") if "futures" in schema_id else ("BTC/USDT", "BTCUSDT")
    return uc.Position(schema_id, "me", "1", symbol, wire, "long", uc.Price(1).value, "base", role=role)


# -- the pages' figures -----------------------------------------------------------------------------------------------

PAGES = tomllib.loads((HERE / "data" / "bitget-v2-pages.toml").read_text("utf-8"))
DECLARED = [
    (api, name, endpoint)
    for api in ("bitget/v2-futures", "bitget/v2-spot")
    for name, endpoint in load_schema(api).schema.endpoints.items()
]
MORE = {
    "POST /api/v2/copy/mix-trader/order-modify-tpsl": {"symbol"},  # in the page's example
    "GET /api/v2/copy/mix-broker/query-traders": {"languageType"},  # in the older page
}
"""Parameters that a page's table leaves out."""
NAMED = {"close_position": {"trackingNo"}, "lead_close_position": {"trackingNo"}, "leader": {"traderId"}}
"""Parameters that a verb can't do without, and the page can: without them the call is about everything."""


def page(endpoint):
    return PAGES[f"{endpoint.method} {endpoint.path}"]


@pytest.mark.parametrize(
    ("api", "name", "endpoint"), DECLARED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_endpoint_is_asked_as_often_and_with_what_its_page_says(api, name, endpoint):
    told = page(endpoint)
    params = {key: as_param(param) for key, param in endpoint.params.items()}
    limits = [load_schema(api).schema.limits[limit] for limit in endpoint.limits if limit != "overall"]
    required = {key.removesuffix("*") for key in told["takes"].split() if key.endswith("*")}
    sizes = [params[key].max for key in ("limit", "pageSize") if key in params]

    assert [f"{limit.requests}/s {limit.scope}" for limit in limits] == [told["rate"]]
    assert all((limit.seconds, limit.per_endpoint) == (1, True) for limit in limits)
    assert {key for key, param in params.items() if param.required} == required | NAMED.get(name, set()) & params.keys()
    assert sizes in ([], [str(told["page"]) if "page" in told else None])
    assert endpoint.paging is None or endpoint.paging.max_size == told["page"]


WRONG = {
    "trackingNo": "12a",
    "trackingNoList": ["12a"],
    "symbol": "BTC/USDT",
    "symbolList": ["BTC/USDT"],
    "coin": "US-DT",
    "productType": "SPOT",
    "settingType": "REPLACE",
    "traceType": "FIXED",
    "marginType": "own",
    "leverType": "own",
    "autoCopy": "yes",
    "type": "inout",
    "annType": "all",
    "order": "newest",
    "limit": 0,
    "pageSize": 0,
    "pageNo": 0,
    "stopSurplusPrice": "-1",
    "stopLossPrice": "-1",
    "stopSurplusRatio": "0.5",
    "stopLossRatio": "0.5",
    "amount": "-1",
}
"""Values that no page takes."""


@pytest.mark.parametrize(
    ("api", "name", "endpoint"), DECLARED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_no_page_takes_is_refused_by_its_name(api, name, endpoint):
    for key in endpoint.params:
        rows, _, field = key.rpartition("[].")
        if field in WRONG:
            values = {rows: [{field: WRONG[field]}]} if rows else {field: WRONG[field]}
            with pytest.raises(uc.BadRequest, match=rf"{re.escape(key)}: "):
                build(api, name, endpoint, values)


@pytest.mark.parametrize("line", PAGES)
def test_what_a_page_takes_can_be_said(line):
    endpoints = [endpoint for _, _, endpoint in DECLARED if f"{endpoint.method} {endpoint.path}" == line]
    said = {key for endpoint in endpoints for key in endpoint.params}

    assert said == {key.removesuffix("*") for key in PAGES[line]["takes"].split()} | MORE.get(line, set())


# -- a success code beside a failure ----------------------------------------------------------------------------------

WRITES = {
    "set_tpsl": lambda ex: ex.set_tpsl(position(ex.id), take_profit=uc.Price(1)),
    "follow": lambda ex: ex.follow(
        "1", uc.FollowSettings(sizing=uc.FixedAmount(50), symbols=("BTC/USDT:USDT",), max_position=1)
    ),
    "unfollow": lambda ex: ex.unfollow("1"),
    "lead.set_tpsl": lambda ex: ex.lead.set_tpsl(position(ex.id, "lead"), take_profit=uc.Price(1)),
    "lead.set_settings": lambda ex: ex.lead.set_settings(uc.LeadSettings(show_equity=True)),
}


@pytest.mark.parametrize("verb", WRITES)
async def test_a_write_whose_answer_says_fail_beside_a_success_code_is_not_taken_for_done(venue, verb):
    async with connected(venue, "bitget/v2-futures") as ex:
        venue.answer = success("fail")
        with pytest.raises(uc.OutcomeUnknown, match="data is 'fail'") as caught:
            await WRITES[verb](ex)
        ex.resolve_write(caught.value.journal_id, applied=False)
        venue.answer = success("success")
        assert (await WRITES[verb](ex)).sent


async def test_a_budget_is_denied_by_a_word_of_its_own(venue):
    async with connected(venue, "bitget/v2-futures") as ex:
        venue.answer = success("failure")
        with pytest.raises(uc.OutcomeUnknown, match="data is 'failure'"):
            await ex.follow("1", uc.FollowSettings(sizing=uc.TotalBudget(50)))


# -- spot -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"sizing": uc.FixedAmount(5)}, "settings.sizing = 5 is out of the venue's range on BTC/USDT: 10 to 1200"),
        ({"sizing": uc.FixedQuantity("0.0001")}, "0.0001 is out of the venue's range on BTC/USDT: 0.001 to 500"),
        ({"sizing": uc.Multiple(21)}, "21 is out of the venue's range on BTC/USDT: 0.1 to 20"),
        ({"stop_loss": uc.Roi("-0.95")}, "0.95 is out of the venue's range on BTC/USDT: … to 0.9"),
        ({"take_profit": uc.Roi("5.01")}, "5.01 is out of the venue's range on BTC/USDT: … to 5"),
    ],
)
async def test_what_a_leaders_symbol_does_not_allow_is_refused_before_the_write(venue, settings, says):
    venue.answer = success(json.loads(SPOT_LIMITS.read_bytes())["data"])
    wanted = {"sizing": uc.FixedAmount(100), "symbols": ("BTC/USDT",), "max_position": "1000", **settings}

    async with connected(venue, "bitget/v2-spot") as ex:
        with pytest.raises(uc.BadRequest, match=says):
            await ex.follow("abc123", uc.FollowSettings(**wanted))

    assert [received.method for received in venue.asked] == ["GET"]


async def test_following_on_spot_needs_the_most_that_may_be_bought(venue):
    settings = uc.FollowSettings(sizing=uc.FixedAmount(100), symbols=("BTC/USDT",))
    venue.answer = success(json.loads(SPOT_LIMITS.read_bytes())["data"])

    async with connected(venue, "bitget/v2-spot") as ex:
        with pytest.raises(uc.ArgumentsRequired, match=r"maxHoldSize is required \(from settings.max_position"):
            await ex.follow("abc123", settings)


async def test_sums_since_the_beginning_are_not_chosen_by_time(venue):
    async with connected(venue, "bitget/v2-spot") as ex:
        with pytest.raises(uc.NotSupported, match="not told by time"):
            await ex.lead.profit_share_totals(since=1_700_000_000_000)

    assert venue.received == []


async def test_pairs_of_spot_and_contracts_are_not_taken_for_each_other(venue):
    async with connected(venue, "bitget/v2-spot") as ex:
        with pytest.raises(uc.BadSymbol, match="no symbol of this API"):
            await ex.positions(symbol="BTC/USDT:USDT")


# -- what is never shown ----------------------------------------------------------------------------------------------


async def test_a_passphrase_for_a_new_key_is_not_printed_when_it_is_refused(venue):
    async with connected(venue, "bitget/v2-futures") as ex:
        with pytest.raises(uc.BadRequest, match="passphrase") as caught:
            await ex.call("create_copy_api", passphrase="hunter2" * 10)

    assert "hunter2" not in str(caught.value)


# -- raw answers ------------------------------------------------------------------------------------------------------

RAW = [
    case
    for case in every("accepted")
    if case.api.startswith("bitget/v2") and load_schema(case.api).schema.endpoints[case.endpoint].verb is None
]


def leaves(value, path=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for entry in value:
            yield from leaves(entry, path)
    else:
        yield path


@pytest.mark.parametrize("case", RAW, ids=lambda case: f"{case.api} {case.endpoint}")
def test_every_key_of_a_raw_answer_is_listed_with_its_meaning(case):
    data = json.loads(case.raw)["data"]
    unlisted = set(leaves(data, "data")) - load_schema(case.api).schema.endpoints[case.endpoint].unmapped.keys()

    assert unlisted <= {"data"}  # a word, or nothing


# -- a white label ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("schema_id", LABELS)
async def test_a_white_label_asks_its_own_host_with_the_headers_of_what_it_extends(schema_id):
    base = load_schema(schema_id).schema.extends
    async with uc.connect(schema_id, **KEYS) as ex, uc.connect(base, **KEYS) as original:
        sent, other = [await one.preview("unfollow", "123123") for one in (ex, original)]

    assert urlsplit(sent.url).netloc in schema_hosts(schema_id)
    assert not set(schema_hosts(schema_id)) & set(schema_hosts(base))
    assert (sent.method, urlsplit(sent.url).path, sent.body) == (other.method, urlsplit(other.url).path, other.body)
    assert sent.headers.keys() == other.headers.keys() >= {*SIGNED, "Content-Type", "locale"}


def schema_hosts(schema_id):
    return [urlsplit(host).netloc for host in load_schema(schema_id).schema.hosts.rest]


async def test_cointr_is_asked_by_its_own_name_and_errors_say_it(venue):
    venue.answer = Say({"code": "40404", "msg": "Request URL NOT FOUND", "data": None}, status=400)
    async with connected(venue, "cointr") as ex:
        assert ex.id == "cointr/v2-futures"
        with pytest.raises(uc.NotSupported) as caught:
            await ex.unfollow("123123")

    assert (caught.value.exchange, caught.value.outcome) == ("cointr/v2-futures", "rejected")
    (received,) = venue.asked
    assert (received.method, received.target) == ("POST", "/api/v2/copy/mix-follower/cancel-trader")
    assert {name.lower() for name in SIGNED} <= received.headers.keys()
