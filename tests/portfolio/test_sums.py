"""What a portfolio adds up to: exact, by currency, and never complete by accident."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unifiedcopy as uc
from tests.portfolio.venues import position, reading
from unifiedcopy.portfolio import Snapshot, concentration

D = Decimal


def snapshot(*accounts):
    return Snapshot(taken_at=1_000, accounts=accounts)


def test_long_and_short_of_a_symbol_over_venues():
    positions = [
        position(size=D("0.5"), mark_price=D(60000)),
        position(id="2", exchange="other/v1", side="short", size=D("0.2"), mark_price=D(60001)),
    ]
    [group] = snapshot(reading(positions[0]), reading(positions[1], exchange="other/v1")).by("symbol")

    assert (group.key, group.positions, group.accounts, group.venues) == ("BTC/USDT:USDT", 2, 2, ("plain", "other"))
    assert (group.base.long, group.base.short) == ({"BTC": D("0.5")}, {"BTC": D("0.2")})
    assert (group.base.net, group.base.gross) == ({"BTC": D("0.3")}, {"BTC": D("0.7")})
    assert group.settle.net == {"USDT": D("17999.8")}
    assert group.settle.gross == {"USDT": D("42000.2")}
    assert group.margin.amounts == {"USDT": D(6000)}


def test_coins_are_never_added_to_dollars():
    held = [
        position(),
        position(id="2", symbol="BTC/USD:BTC", margin_asset="BTC", margin=D("0.1"), unrealized_pnl=D("-0.01")),
        position(id="3", symbol="ETH/USDC:USDC", margin_asset="USDC", margin=D(7), size=D(2), mark_price=D(3000)),
    ]
    whole = snapshot(reading(*held)).total()

    assert whole.margin.amounts == {"USDT": D(3000), "BTC": D("0.1"), "USDC": D(7)}
    assert whole.unrealized_pnl.amounts == {"USDT": D(10), "BTC": D("-0.01"), "USDC": D(10)}
    assert whole.settle.long == {"USDT": D(30000), "BTC": D("0.5"), "USDC": D(6000)}


def test_what_a_venue_does_not_say_makes_a_sum_incomplete_and_is_not_zero():
    held = [position(), position(id="2", margin=None), position(id="3", margin=D(5), margin_asset=None)]
    margin = snapshot(reading(*held)).total().margin

    assert (margin.amounts, margin.known, margin.of, margin.complete) == ({"USDT": D(3000)}, 1, 3, False)
    assert str(margin) == "3000 USDT (known 1 of 3)"
    assert str(snapshot(reading()).total().margin) == "nothing"


def test_contracts_that_nobody_converted_are_counted_apart():
    held = [
        position(),
        position(id="2", symbol="ETH/USDT:USDT", venue_symbol="ETHX", size=D(7), size_unit="contract"),
        position(id="3", symbol=None, venue_symbol="?X", size=D(9), size_unit=None, side="short", margin_asset=None),
    ]
    whole = snapshot(reading(*held)).total()

    assert whole.base.long == {"BTC": D("0.5")}
    assert (whole.settle.known, whole.settle.of) == (1, 3)
    assert whole.contracts.long == {"plain/v1 ETHX": D(7)}
    assert whole.contracts.short == {"plain/v1 ?X": D(9)}
    assert [group.key for group in snapshot(reading(*held)).by("symbol")] == [
        "BTC/USDT:USDT",
        "ETH/USDT:USDT",
        "plain/v1 ?X",
    ]


def test_a_contract_on_dollars_that_settles_in_coins_is_valued_in_coins():
    inverse = position(symbol="BTC/USD:BTC", size=D(300), size_unit="quote", mark_price=D(60000), margin_asset="BTC")
    whole = snapshot(reading(inverse)).total()

    assert whole.settle.long == whole.base.long == {"BTC": D("0.005")}


def test_a_position_settled_in_a_third_coin_has_no_known_value():
    quanto = position(symbol="ETH/USD:BTC")

    assert snapshot(reading(quanto)).total().settle.known == 0


def test_spot_is_valued_in_the_quote_currency():
    spot = position(symbol="BTC/USDT", margin=None, margin_asset=None)

    assert snapshot(reading(spot)).total().settle.long == {"USDT": D(30000)}


def test_values_at_the_entry_price_are_counted():
    held = [position(mark_price=None, entry_price=D(50000)), position(id="2"), position(id="3", mark_price=None)]
    whole = snapshot(reading(*held)).total()

    assert whole.at_entry == 1
    assert whole.settle.long == {"USDT": D(55000)}
    assert (whole.settle.known, whole.settle.of) == (2, 3)


def test_leaders_of_two_venues_are_two_also_under_one_id_and_nobody_is_a_group_too():
    held = [position(leader_name="Ada"), position(id="2", exchange="other/v1"), position(id="3", leader_id=None)]
    groups = {group.key: group for group in snapshot(reading(*held)).by("leader")}

    assert set(groups) == {"plain/v1:L1", "other/v1:L1", None}
    assert groups["plain/v1:L1"].label == "Ada"


def test_profit_shares_are_what_was_paid_and_what_is_withheld():
    leaders = (
        uc.FollowedLeader("plain/v1", "me", "L1", profit_share_paid=D("1.5"), profit_share_pending=D(2), asset="USDT"),
        uc.FollowedLeader("plain/v1", "me", "L2", profit_share_paid=D(4), asset="USDT"),
        uc.FollowedLeader("plain/v1", "me", "L3", profit_share_paid=D(8)),
    )
    taken = snapshot(reading(position(), following=leaders), reading(exchange="other/v1", following=None))

    assert str(taken.total().profit_share) == "7.5 USDT (known 2 of 4)"
    assert {group.key: str(group.profit_share) for group in taken.by("leader")} == {
        "plain/v1:L1": "3.5 USDT",
        "plain/v1:L2": "4 USDT",
        "plain/v1:L3": "nothing (known 0 of 1)",
    }


def test_equity_is_by_currency_and_unknown_where_a_venue_does_not_tell_it():
    balances = (uc.Account("plain/v1", "me", "USDT", D(10000)), uc.Account("plain/v1", "me", "BTC", D(1)))
    role_only = (uc.Account("third/v1", "me", role="follower"),)
    accounts = [
        reading(position(), balances=balances),
        reading(exchange="other/v1"),
        reading(exchange="third/v1", balances=role_only),
    ]
    equity = snapshot(*accounts).total().equity

    assert (equity.amounts, equity.known, equity.of) == ({"USDT": D(10000), "BTC": D(1)}, 2, 4)
    assert snapshot(accounts[0]).total().equity_leverage == {"USDT": D(3)}
    assert snapshot(*accounts).total().equity_leverage == {}


def test_leverage_is_gross_exposure_over_margin_and_unknown_when_either_is_incomplete():
    both = [position(), position(id="2", side="short", margin=D(1000), size=D("0.1"))]

    assert snapshot(reading(*both)).total().leverage == {"USDT": D(9)}
    assert snapshot(reading(*both, position(id="3", margin=None))).total().leverage == {}


def test_concentration_tells_the_largest_share_and_how_evenly_the_rest_stands():
    sizes = {"BTC/USDT:USDT": D(6), "ETH/USDT:USDT": D(3), "SOL/USDT:USDT": D(1)}
    held = [position(id=symbol, symbol=symbol, size=size, mark_price=D(1)) for symbol, size in sizes.items()]
    found = concentration(snapshot(reading(*held)).by("symbol"))["USDT"]

    assert (found.largest, found.share, found.herfindahl) == ("BTC/USDT:USDT", D("0.6"), D("0.46"))
    assert (found.known, found.of) == (3, 3)


def test_a_group_of_accounts_tells_its_own_coverage_and_one_of_symbols_that_of_all():
    down = reading(exchange="other/v1", status="failed", read_at=None, age=None)
    taken = snapshot(reading(position()), down)

    assert [(group.key, str(group.coverage)) for group in taken.by("venue")] == [
        ("plain", "1 of 1 accounts ok"),
        ("other", "0 of 1 accounts ok, 1 failed"),
    ]
    assert [str(group.coverage) for group in taken.by("symbol")] == ["1 of 2 accounts ok, 1 failed"]
    assert [group.key for group in taken.by("account")] == ["plain/v1:me", "other/v1:me"]


def test_the_largest_group_comes_first():
    held = [position(), position(id="2", symbol="ETH/USDT:USDT", size=D(100), mark_price=D(3000))]

    assert [group.key for group in snapshot(reading(*held)).by("symbol")] == ["ETH/USDT:USDT", "BTC/USDT:USDT"]


amounts = st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-(10**20), max_value=10**20)
sizes = st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value="1e-18", max_value=10**20)


@given(st.lists(st.tuples(sizes, sizes, amounts, st.sampled_from(["long", "short"])), max_size=8), st.randoms())
def test_sums_are_exact_and_don_t_depend_on_the_order(rows, random):
    held = [
        position(id=str(index), size=size, mark_price=price, unrealized_pnl=pnl, side=side)
        for index, (size, price, pnl, side) in enumerate(rows)
    ]
    shuffled = random.sample(held, len(held))
    whole = snapshot(reading(*held)).total()

    assert whole == snapshot(reading(*shuffled)).total()
    gross, pnl = whole.settle.gross.get("USDT", D(0)), whole.unrealized_pnl.amounts.get("USDT", D(0))
    assert Fraction(gross) == sum(Fraction(size) * Fraction(price) for size, price, _, _ in rows)
    assert Fraction(pnl) == sum(Fraction(row[2]) for row in rows)


@pytest.mark.parametrize("by", ["symbol", "leader", "venue", "account"])
def test_the_parts_add_up_to_the_whole(by):
    held = [position(), position(id="2", symbol="ETH/USDT:USDT"), position(id="3", exchange="other/v1", margin=D(1))]
    taken = snapshot(reading(*held[:2]), reading(held[2], exchange="other/v1"))

    assert sum(group.margin.amounts["USDT"] for group in taken.by(by)) == taken.total().margin.amounts["USDT"]
    assert sum(group.positions for group in taken.by(by)) == taken.total().positions
