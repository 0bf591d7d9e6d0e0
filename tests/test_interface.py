"""The interface around the venues: connect, capabilities, triggers, the plain and the ccxt view."""

import inspect
import pickle
import warnings
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unifiedcopy as uc
from unifiedcopy import sync, triggers
from unifiedcopy.exchange import CopyTradingExchange, LeadRole
from unifiedcopy.models import utc
from unifiedcopy.schema import schema_ids
from unifiedcopy.schema.verbs import CORE, LEAD_VERBS, VERBS
from unifiedcopy.secret import Credentials, Secret

LONG = uc.Position(
    "plain/v1",
    "me",
    "1",
    "BTC/USDT:USDT",
    "BTCUSDT",
    "long",
    Decimal("0.5"),
    "base",
    entry_price=Decimal("60000.0"),
    mark_price=Decimal("61000.5"),
    leverage=Decimal(10),
    margin=Decimal(3000),
    unrealized_pnl=Decimal("500.25"),
    unrealized_roi=Decimal("0.1667"),
    take_profit=uc.Price("72000"),
    opened_at=1672121182216,
)


# -- connect ----------------------------------------------------------------------------------------------------------


def test_a_bare_venue_name_is_its_default_api():
    assert uc.connect("bitget").id == "bitget/v2-futures"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"venue": "bitgte"}, "did you mean 'bitget'"),
        ({"venue": "toobit", "test_network": True}, "no test network"),
        (
            {"venue": "toobit", "base_url": "http://api.toobit.com"},
            "neither on this machine nor one of https://api.toobit.com",
        ),
        ({"venue": "toobit", "base_url": "https://api.toobit.com.evil.example"}, "neither on this machine"),
        ({"venue": "toobit", "base_url": "https://user@127.0.0.1"}, "scheme, host and port only"),
        ({"venue": "toobit", "base_url": "http://127.0.0.1/path"}, "scheme, host and port only"),
        ({"venue": "toobit", "base_url": "ftp://127.0.0.1"}, "neither on this machine"),
        ({"venue": "toobit", "timeout": 0}, "timeout"),
    ],
)
def test_a_wrong_connect_says_what_would_be_right(arguments, says):
    with pytest.raises(uc.ConfigError, match=says):
        uc.connect(**arguments)


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:8080", "http://localhost:1", "https://[::1]:9", "https://api.toobit.com"]
)
def test_this_machine_and_the_schemas_hosts_are_allowed(base_url):
    assert uc.connect("toobit", base_url=base_url).id == "toobit/v2"


async def test_a_signed_call_without_credentials_names_what_is_missing():
    async with uc.connect("bitget", api_key="k", base_url="http://127.0.0.1:9") as ex:
        with pytest.raises(uc.AuthenticationError, match="secret, passphrase"):
            await ex.preview("unfollow", "1")


def test_secrets_do_not_print_format_or_pickle():
    held = [Secret("hunter2"), Credentials("hunter2", "hunter2", "hunter2")]

    assert all("hunter2" not in f"{thing!r}{thing}{thing:>10}" for thing in held[:1])
    assert "hunter2" not in repr(held[1])
    for thing in held:
        with pytest.raises(TypeError):
            pickle.dumps(thing)


# -- capabilities -----------------------------------------------------------------------------------------------------


def test_capabilities_are_derived_and_finer_than_a_yes():
    can = {venue: uc.connect(venue).can for venue in ("toobit", "bitget", "zoomex")}

    assert [can[venue].follow for venue in can] == ["amend-only", "native", "missing"]
    assert [can[venue].list_leaders for venue in can] == ["missing", "native", "missing"]
    assert [can[venue].triggers for venue in can] == [("roi",), ("price",), ("price",)]
    assert can["toobit"].trigger_scope == "leader, symbol, side"
    assert can["bitget"].trigger_scope == "position"
    assert set(can["bitget"].sizing) == {"multiple", "fixed_amount", "fixed_quantity", "total_budget"}
    assert can["toobit"].open_copies == "refused"
    with pytest.raises(AttributeError, match="no verb"):
        can["toobit"].folow  # noqa: B018


@pytest.mark.parametrize("schema_id", schema_ids())
async def test_every_missing_verb_raises_not_supported_before_any_request_and_says_why(schema_id, recwarn):
    # Port 9 refuses: had anything been sent, the error would be another one.
    async with uc.connect(schema_id, base_url="http://127.0.0.1:9", write=True) as ex:
        calls = {
            "list_leaders": ex.list_leaders,
            "leader": lambda: ex.leader("1"),
            "leader_positions": lambda: ex.leader_positions("1"),
            "leader_history": lambda: ex.leader_history("1"),
            "leader_followers": lambda: ex.leader_followers("1"),
            "following": ex.following,
            "follow_settings": lambda: ex.follow_settings("1"),
            "follow": lambda: ex.follow("1", uc.FollowSettings(sizing=uc.FixedAmount(50))),
            "unfollow": lambda: ex.unfollow("1"),
            "positions": ex.positions,
            "closed_positions": ex.closed_positions,
            "set_tpsl": lambda: ex.set_tpsl(LONG, take_profit=uc.Price(1)),
            "close_position": lambda: ex.close_position(LONG),
            "close_all_positions": ex.close_all_positions,
            "copy_limits": ex.copy_limits,
            "account": ex.account,
            "lead.positions": ex.lead.positions,
            "lead.closed_positions": ex.lead.closed_positions,
            "lead.set_tpsl": lambda: ex.lead.set_tpsl(LONG, take_profit=uc.Price(1)),
            "lead.close_position": lambda: ex.lead.close_position(LONG),
            "lead.close_all_positions": ex.lead.close_all_positions,
            "lead.followers": ex.lead.followers,
            "lead.remove_follower": lambda: ex.lead.remove_follower("1"),
            "lead.profit_share": ex.lead.profit_share,
            "lead.profit_share_pending": ex.lead.profit_share_pending,
            "lead.profit_share_totals": ex.lead.profit_share_totals,
            "lead.statistics": ex.lead.statistics,
            "lead.symbols": ex.lead.symbols,
            "lead.set_symbols": lambda: ex.lead.set_symbols(["BTC/USDT:USDT"]),
            "lead.settings": ex.lead.settings,
            "lead.set_settings": lambda: ex.lead.set_settings(uc.LeadSettings(open_to_follow=True)),
        }
        assert set(calls) == set(VERBS)
        for verb, call in calls.items():
            if ex.can.verbs[verb] == "missing":
                with pytest.raises(uc.NotSupported) as caught:
                    await call()
                assert caught.value.outcome == "not_sent"
                assert caught.value.message == ex.can.why_not(verb)
                assert verb not in CORE or verb in ex.can.missing


# -- triggers ---------------------------------------------------------------------------------------------------------


def test_a_price_and_a_return_say_the_same():
    assert triggers.to_roi(uc.Price("66000"), LONG) == uc.Roi("1")
    assert triggers.to_price(uc.Roi("-0.5"), LONG) == uc.Price("57000.0")


prices = st.decimals(min_value=Decimal("58000"), max_value=Decimal("80000"), places=1)


@given(price=prices, side=st.sampled_from(["long", "short"]), unit=st.sampled_from(["base", "quote"]))
def test_there_and_back_stays_within_a_digit_of_the_return(price, side, unit):
    position = uc.Position(
        "p/1", None, "1", None, "X", side, Decimal(1), unit, entry_price=Decimal("60000.0"), leverage=Decimal(5)
    )

    roi = triggers.to_roi(uc.Price(price), position)
    if not roi.value:
        return
    back = triggers.to_price(roi, position)

    # Four digits of return at 5x are 0.002 % of the price, and prices have one digit after the point.
    assert abs(back.value - price) <= price * Decimal("0.00004") + Decimal("0.1")


def test_a_return_below_a_price_of_zero_is_refused():
    with pytest.raises(uc.BadRequest, match="below a price of zero"):
        triggers.to_price(uc.Roi("-11"), LONG)


def test_a_conversion_without_an_entry_price_says_what_is_missing():
    with pytest.raises(uc.ArgumentsRequired, match="entry price and leverage"):
        triggers.to_roi(uc.Price(1), uc.Position("p/1", None, "1", None, "X", "long", Decimal(1), "base"))


# -- structs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [0.1, True, "NaN", "1e99", "", "1_0", None, "٣", b"1"])
@pytest.mark.parametrize("kind", [uc.Price, uc.Roi, uc.FixedAmount, uc.Multiple])
def test_a_number_that_lost_digits_or_is_none_is_refused(kind, bad):
    with pytest.raises((TypeError, ValueError), match=kind.__name__):
        kind(bad)


@pytest.mark.parametrize("bad", ["0", "-1"])
def test_a_sizing_of_nothing_is_refused(bad):
    with pytest.raises(ValueError, match="out of range"):
        uc.FixedAmount(bad)


def test_settings_take_returns_and_a_tuple_of_symbols():
    with pytest.raises(TypeError, match="takes a Roi"):
        uc.FollowSettings(take_profit=uc.Price(1))
    with pytest.raises(TypeError, match="tuple of text such as"):
        uc.FollowSettings(symbols="BTC/USDT:USDT")
    assert uc.FollowSettings(symbols=["A/USDT:USDT"]).symbols == ("A/USDT:USDT",)


def test_the_notional_is_known_where_it_can_be():
    assert LONG.notional == Decimal("30500.25")
    assert uc.Position("p", None, "1", None, "X", "long", Decimal(299), "quote").notional == 299
    assert (
        uc.Position("p", None, "1", None, "X", "long", Decimal(3), "contract", mark_price=Decimal(2)).notional is None
    )


def test_to_ccxt_gives_its_keys_and_floats_only_when_asked():
    plain, floats = LONG.to_ccxt(), LONG.to_ccxt(floats=True)

    assert (plain["contracts"], plain["entryPrice"], plain["percentage"]) == (
        Decimal("0.5"),
        Decimal("60000.0"),
        Decimal("16.67"),
    )
    assert (floats["contracts"], floats["takeProfitPrice"], floats["stopLossPrice"]) == (0.5, 72000.0, None)
    assert plain["datetime"] == "2022-12-27T06:06:22.216Z"
    ccxt = pytest.importorskip("ccxt")
    assert set(ccxt.Exchange().safe_position({})) <= set(plain)


def test_times_are_utc():
    assert utc(0).isoformat() == "1970-01-01T00:00:00+00:00"


# -- the facade without async -----------------------------------------------------------------------------------------


def public_methods(kind: type) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(member)
        for name, member in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_") and name not in ("aclose", "close")
    }


def test_the_facade_has_the_same_methods_with_the_same_arguments():
    plain, facade = public_methods(CopyTradingExchange), public_methods(sync.SyncExchange)

    assert set(facade) == set(plain)
    for name in plain:
        assert facade[name].parameters == plain[name].parameters, name
    lead, lead_facade = public_methods(LeadRole), public_methods(sync.SyncLeadRole)
    assert set(lead_facade) == set(lead) == set(LEAD_VERBS)
    for name in lead:
        assert lead_facade[name].parameters == lead[name].parameters, name


def test_the_facade_works_in_a_thread_without_a_loop_and_closes():
    with sync.connect("zoomex", base_url="http://127.0.0.1:9") as ex:
        with pytest.raises(uc.NotSupported):
            ex.list_leaders()
        with pytest.raises(uc.NotSupported):
            ex.lead.followers()
        with pytest.raises(uc.AuthenticationError):
            ex.positions()


def test_connecting_to_a_retired_api_warns_and_names_the_successor():
    with pytest.warns(uc.RetiredApiWarning, match="use bitget/v2-futures"):
        uc.connect("bitget/v1-futures")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        uc.connect("bitget")
