"""The ordinary client against the emulators of OKX and BloFin: both roles, sizes in contracts, and what the documents
leave open.
"""

from decimal import Decimal

import pytest
import stamina

import unifiedcopy as uc
from unifiedcopy import contracts
from unifiedcopy.sandbox import Sandbox, known_venues, load_emulator

pytestmark = pytest.mark.skipif(not {"okx", "blofin"} <= set(known_venues()), reason="no emulator of these venues")


@pytest.fixture(autouse=True)
def no_backoff():
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
async def box():
    contracts._lists.clear()
    async with Sandbox(seed=7, venues=["okx", "blofin"]) as running:
        for venue in ("okx", "blofin"):
            running[venue].options.limit_factor = 0
        yield running


def connected(box, schema_id, account="main", **options):
    server = box[schema_id.partition("/")[0]]
    return uc.connect(
        schema_id,
        **server.accounts[account].credentials,
        base_url=server.url,
        account=account,
        **{"write": True, **options},
    )


SETTINGS = uc.FollowSettings(
    sizing=uc.FixedAmount(50),
    symbols=("BTC/USDT:USDT", "ETH/USDT:USDT"),
    margin_mode="isolated",
    take_profit=uc.Roi("0.5"),
    stop_loss=uc.Roi("-0.2"),
    total_budget=500,
    max_loss=100,
    open_copies="keep",
)


async def not_followed(ex):
    """Leaders with a free place whom the account doesn't copy."""
    followed = {one.leader_id for one in await ex.following()}
    leaders = [leader async for leader in ex.leaders()]
    return [one for one in leaders if one.id not in followed and one.followers < one.follower_limit]


async def started(ex, settings):
    """The first of them who can be copied so, and the receipt: who takes smart sync alone is told by a refusal."""
    for leader in await not_followed(ex):
        try:
            return leader, await ex.follow(leader, settings)
        except uc.NotSupported as error:
            if (error.code, error.outcome) != ("59292", "rejected"):
                raise
    pytest.fail("nobody can be copied")


def margin_fits(position):
    """Whether size, price and leverage make the margin: they do in the right unit alone."""
    worth = position.size * position.entry_price if position.size_unit == "base" else position.size
    return abs(worth / position.leverage / position.margin - 1) < Decimal("0.02")


# -- leaders of OKX, without a key ------------------------------------------------------------------------------------


async def test_leaders_are_looked_at_without_a_key(box):
    async with uc.connect("okx", base_url=box["okx"].url) as ex:
        page = await ex.list_leaders(sort="roi", limit=100)
        positions, closed, followers = [], [], []
        for leader in page:
            positions += await ex.leader_positions(leader)
            closed += await ex.leader_history(leader)
            followers += await ex.leader_followers(leader)

        assert [leader.roi for leader in page] == sorted((leader.roi for leader in page), reverse=True)
        assert page.drift == []
        assert {leader.window_days for leader in page} == {90}
        assert all(0 <= leader.win_rate <= 1 and leader.asset == "USDT" and leader.symbols for leader in page)
        assert {position.role for position in positions} == {"observed"}
        assert {position.leader_id for position in positions} <= {leader.id for leader in page}
        assert {position.side for position in positions} == {"long", "short"}
        assert all(position.size_unit == "base" and margin_fits(position) for position in positions)
        assert all(one.closed_at >= one.opened_at and one.size_unit == "base" for one in closed)
        assert {follower.id for follower in followers} == {None}


async def test_a_ranking_is_walked_to_its_end(box):
    async with uc.connect("okx", base_url=box["okx"].url) as ex:
        ids = [leader.id async for leader in ex.leaders()]
        few = [leader.id for leader in await ex.list_leaders(limit=2)]

    assert len(set(ids)) == len(ids) >= 8
    assert few == ids[:2]
    assert all(isinstance(leader, str) and len(leader) in (16, 18) for leader in ids)


@pytest.mark.parametrize("days", [7, 30, 90, 365])
async def test_a_leaders_figures_speak_of_the_days_that_were_asked_for(box, days):
    async with uc.connect("okx", base_url=box["okx"].url) as ex:
        known = (await ex.list_leaders(limit=1))[0]
        leader = await ex.leader(known, days=days)

    assert (leader.id, leader.window_days, leader.asset) == (known.id, days, "USDT")
    assert leader.win_rate is not None


async def test_a_private_call_without_a_key_is_refused_before_it_leaves(box):
    async with uc.connect("okx", base_url=box["okx"].url) as ex:
        with pytest.raises(uc.AuthenticationError, match="api_key, secret, passphrase"):
            await ex.following()


async def test_a_leader_whom_nobody_knows_is_said_so(box):
    async with connected(box, "okx", account="empty") as ex:
        with pytest.raises(uc.LeaderUnavailable):
            await ex.leader("0000000000000000")
        with pytest.raises(uc.UnifiedCopyError) as caught:
            await ex.follow("0000000000000000", SETTINGS, amend=False)

    assert (type(caught.value), caught.value.outcome) == (uc.LeaderUnavailable, "rejected")


# -- following on OKX -------------------------------------------------------------------------------------------------


async def test_following_is_started_changed_and_ended(box):
    async with connected(box, "okx", account="empty") as ex:
        leader, first = await started(ex, SETTINGS)
        (told,) = await ex.follow_settings(leader)
        changed = uc.FollowSettings(sizing=uc.Multiple("0.5"), total_budget=800, margin_mode="leader")  # the rest stays
        second = await ex.follow(leader, changed)
        (then,) = await ex.follow_settings(leader)
        (followed,) = await ex.following()
        await ex.unfollow(leader, open_copies="close")

        assert (first.endpoint, second.endpoint) == ("follow", "amend_follow")
        assert told == uc.FollowSettings(**{**as_given(SETTINGS), "leader_id": leader.id})
        assert (then.sizing, then.margin_mode, then.total_budget) == (uc.Multiple("0.5"), "leader", 800)
        kept = ("symbols", "stop_loss", "max_loss", "open_copies")
        assert [getattr(then, name) for name in kept] == [getattr(told, name) for name in kept]
        assert told.stop_loss is not None
        assert (followed.leader_id, followed.budget) == (leader.id, 800)
        assert len(await ex.following()) == 0


def as_given(settings):
    return {name: getattr(settings, name) for name in settings.__struct_fields__}


async def test_settings_that_were_read_are_the_same_after_they_were_sent_back(box):
    async with connected(box, "okx") as ex:
        for followed in await ex.following():
            (before,) = await ex.follow_settings(followed)
            await ex.follow(followed, before)
            (after,) = await ex.follow_settings(followed)
            assert after == before


async def test_what_the_limits_forbid_never_leaves(box):
    async with connected(box, "okx", account="empty") as ex:
        leader = (await not_followed(ex))[0]
        with pytest.raises(uc.BadRequest, match=r"settings\.stop_loss"):
            await ex.follow(leader, uc.FollowSettings(sizing=uc.Multiple(1), total_budget=500, stop_loss=uc.Roi(-5)))

    assert [request.raw_path for request in box["okx"].requests if request.method == "POST"] == []


@pytest.mark.parametrize(("amend", "kind"), [(False, "AlreadyFollowing"), (True, "NotFollowing")])
async def test_the_wrong_one_of_the_two_calls_is_refused_and_nothing_is_done(box, amend, kind):
    async with connected(box, "okx") as ex:
        leader = (await not_followed(ex) if amend else await ex.following())[0]
        done = len(box["okx"].executions)
        with pytest.raises(uc.UnifiedCopyError) as caught:
            await ex.follow(leader, SETTINGS, amend=amend)

    assert (type(caught.value).__name__, caught.value.outcome) == (kind, "rejected")
    assert len(box["okx"].executions) == done


async def test_the_accounts_positions_are_told_in_coins_without_their_leader(box):
    async with connected(box, "okx") as ex:
        page = await ex.positions()
        leader = (await ex.following())[0]
        with pytest.raises(uc.NotSupported, match="don't tell the leader's id"):
            await ex.positions(leader=leader)

    assert len(page) > 0
    assert page.drift == []
    assert all(one.size_unit == "base" and one.role == "follower" and margin_fits(one) for one in page)
    assert {one.leader_id for one in page} == {None}


async def test_net_positions_have_the_sides_of_the_others(box):
    async with connected(box, "okx") as ex:
        hedged = {(one.symbol, one.side): one.size for one in await ex.positions()}
        box["okx"].options.net_mode = True
        net = {(one.symbol, one.side): one.size for one in await ex.positions()}

    assert {key: size for key, size in hedged.items() if key in net} == net


async def test_roles_are_told_by_market(box):
    for account, role in (("main", "follower"), ("leader", "leader"), ("empty", "none")):
        async with connected(box, "okx", account=account) as ex:
            assert {one.market: one.role for one in await ex.account()}["SWAP"] == role


async def test_a_demo_key_is_known_on_the_demo_network_alone(box):
    async with connected(box, "okx", account="demo", test_network=True) as ex:
        await ex.account()
    async with connected(box, "okx", account="demo") as ex:
        with pytest.raises(uc.AuthenticationError):
            await ex.account()


# -- copies by themselves, where the venue still lists them -----------------------------------------------------------


async def test_copies_that_the_venue_lists_are_managed_one_by_one(box):
    box["okx"].options.copied_positions = "listed"
    async with connected(box, "okx/v5-copies") as ex:
        followed = {one.leader_id for one in await ex.following()}
        copies = await ex.positions()
        copy = copies[0]
        await ex.set_tpsl(copy, take_profit=uc.Price(copy.mark_price * (2 if copy.side == "long" else Decimal("0.5"))))
        again = next(one for one in await ex.positions() if one.id == copy.id)
        of_one = await ex.positions(leader=copy.leader_id)
        await ex.set_tpsl(copy, take_profit=uc.CLEAR)
        cleared = next(one for one in await ex.positions() if one.id == copy.id)
        receipt = await ex.close_position(copy)
        left = {one.id for one in await ex.positions()}
        closed = (await ex.closed_positions(symbol=copy.symbol))[0]

    assert copies.drift == []
    assert {one.leader_id for one in copies} <= followed
    assert {one.leader_id for one in of_one} == {copy.leader_id}
    assert isinstance(again.take_profit, uc.Price)
    assert (cleared.take_profit, cleared.stop_loss) == (None, copy.stop_loss)
    assert receipt.ids == (copy.id,)
    assert copy.id not in left
    assert (closed.id, closed.size, closed.side, closed.extent) == (copy.id, copy.size, copy.side, "full")


async def test_copies_that_the_venue_hides_are_an_empty_list_as_the_schema_warns(box):
    async with connected(box, "okx/v5-copies") as ex:
        assert len(await ex.positions()) == 0
    async with connected(box, "okx") as ex:
        assert len(await ex.positions()) > 0


# -- leading on OKX ---------------------------------------------------------------------------------------------------


async def test_a_lead_position_gets_its_triggers_and_is_closed(box):
    async with connected(box, "okx", account="leader") as ex:
        page = await ex.lead.positions()
        position = page[0]
        factors = (Decimal("1.5"), Decimal("0.6")) if position.side == "long" else (Decimal("0.6"), Decimal("1.5"))
        targets = [uc.Price((position.mark_price * factor).quantize(Decimal("0.1"))) for factor in factors]
        await ex.lead.set_tpsl(position, take_profit=targets[0], stop_loss=targets[1])
        again = next(one for one in await ex.lead.positions() if one.id == position.id)
        await ex.lead.set_tpsl(again, stop_loss=uc.CLEAR)
        cleared = next(one for one in await ex.lead.positions() if one.id == position.id)
        await ex.lead.close_position(position)
        left = {one.id for one in await ex.lead.positions()}
        closed = next(one for one in await ex.lead.closed_positions() if one.id == position.id)

    assert page.drift == []
    assert all(one.role == "lead" and margin_fits(one) for one in page)
    assert [again.take_profit, again.stop_loss] == targets
    assert (cleared.take_profit, cleared.stop_loss) == (targets[0], None)
    assert position.id not in left
    assert (closed.size, closed.size_unit, closed.side) == (position.size, "base", position.side)


async def test_what_is_led_is_replaced_whole(box):
    async with connected(box, "okx", account="leader") as ex:
        for position in await ex.lead.positions():  # contracts that change must have none
            await ex.lead.close_position(position)
        await ex.lead.set_symbols(["BTC/USDT:USDT", "SOL/USDT:USDT"])
        rules = await ex.lead.symbols()
        only = await ex.lead.symbols(symbol="SOL/USDT:USDT")

    assert {rule.symbol for rule in rules if rule.enabled} == {"BTC/USDT:USDT", "SOL/USDT:USDT"}
    assert [rule.enabled for rule in only] == [True]


async def test_the_leaders_share_is_changed_and_told(box):
    async with connected(box, "okx", account="leader") as ex:
        await ex.lead.set_settings(uc.LeadSettings(profit_share="0.05"))
        role = await ex.call("account_role")

    swap = next(one for one in role["data"][0]["details"] if one["instType"] == "SWAP")
    assert Decimal(swap["profitSharingRatio"]) == Decimal("0.05")


async def test_payments_and_what_is_expected_add_up(box):
    await box.advance(seconds=14 * 86_400)
    async with connected(box, "okx", account="leader") as ex:
        paid = await ex.lead.profit_share(limit=1000)
        totals = await ex.lead.profit_share_totals()
        pending = await ex.lead.profit_share_pending()
        told = await ex.call("profit_share_pending_total")

    assert {one.status for one in (*paid, *totals)} <= {"settled"}
    assert {one.status for one in pending} <= {"pending"}
    assert sum(one.amount for one in paid) == sum(one.amount for one in totals)
    assert sum(one.amount for one in pending) == Decimal(told["data"][0]["totalUnrealizedProfitSharingAmt"] or 0)


# -- BloFin -----------------------------------------------------------------------------------------------------------


async def test_positions_by_order_get_both_triggers_and_are_closed(box):
    async with connected(box, "blofin") as ex:
        page = await ex.lead.positions()
        position = page[0]
        up, down = ("1.5", "0.6") if position.side == "long" else ("0.6", "1.5")
        prices = [uc.Price((position.mark_price * Decimal(factor)).quantize(Decimal("0.1"))) for factor in (up, down)]
        with pytest.raises(uc.ArgumentsRequired, match="slTriggerPrice is required"):
            await ex.lead.set_tpsl(position, take_profit=prices[0])
        await ex.lead.set_tpsl(position, take_profit=prices[0], stop_loss=prices[1])
        standing = (await ex.call("tpsl_by_order", orderId=position.id))["data"]
        await ex.lead.close_position(position)
        left = {one.id for one in await ex.lead.positions()}
        closed = next(one for one in await ex.lead.closed_positions() if one.id == position.id)

    assert page.drift == []
    assert all(one.role == "lead" and one.size_unit == "base" for one in page)
    assert [Decimal(standing[0][key]) for key in ("tpTriggerPrice", "slTriggerPrice")] == [one.value for one in prices]
    assert position.id not in left
    assert (closed.side, closed.size, closed.size_unit) == (position.side, position.size, "base")


async def test_the_sums_by_contract_are_those_of_the_orders(box):
    async with connected(box, "blofin") as ex:
        orders, sums = await ex.lead.positions(), await ex.positions()

    held = {"long": 1, "short": -1}
    net: dict[str, Decimal] = {}
    for one in orders:
        net[one.symbol] = net.get(one.symbol, Decimal(0)) + held[one.side] * one.size
    assert sums.drift == []
    assert {one.role for one in sums} == {"follower"}
    summed: dict[str, Decimal] = {}
    for one in sums:
        summed[one.symbol] = summed.get(one.symbol, Decimal(0)) + held[one.side] * one.size
    assert summed == {symbol: size for symbol, size in net.items() if size}


@pytest.mark.parametrize("named", ["orderSide", "side"])
async def test_a_history_tells_the_side_under_either_name(box, named):
    box["blofin"].options.history_side = named
    async with connected(box, "blofin") as ex:
        sides = {one.id: one.side for one in await ex.lead.positions()}
        for position in await ex.lead.positions():
            await ex.lead.close_position(position)
        closed = {one.id: one.side for one in await ex.lead.closed_positions(limit=1000)}

    assert {key: closed[key] for key in sides} == sides


async def test_a_long_history_is_walked_with_the_cursors_that_the_page_describes(box):
    box["blofin"].emulator.seed_positions(50)
    async with connected(box, "blofin") as ex:
        opened = [one.id for one in await ex.lead.positions()]
        for position in await ex.lead.positions():
            await ex.lead.close_position(position)
        closed = [one.id for one in await ex.lead.closed_positions(limit=1000)]
        box["blofin"].options.history_cursors = "usual"
        with pytest.raises(uc.BadResponse, match="the list goes back"):
            await ex.lead.closed_positions(limit=1000)

    assert len(set(opened)) == len(opened) >= 50
    assert set(opened) <= set(closed)


async def test_the_account_and_its_contracts_are_told(box):
    async with connected(box, "blofin") as ex:
        (account,) = await ex.account()
        symbols = [rule.symbol for rule in await ex.lead.symbols()]

    assert (account.asset, account.market) == ("USDT", "copy_trading")
    assert account.equity > 0
    assert "BTC/USDT:USDT" in symbols


@pytest.mark.parametrize("where", ["row", "envelope"])
async def test_an_order_that_is_refused_in_its_row_is_refused(box, where):
    box["blofin"].options.order_refusal = where
    order = {"instId": "BTC-USDT", "marginMode": "cross", "side": "buy", "orderType": "market", "size": "1000000000"}
    async with connected(box, "blofin") as ex:
        mode = (await ex.call("position_mode"))["data"]["positionMode"]
        done = len(box["blofin"].executions)
        with pytest.raises(uc.UnifiedCopyError) as caught:
            await ex.call("place_order", **order, positionSide="net" if mode == "net_mode" else "long")

    assert caught.value.outcome == "rejected"
    assert len(box["blofin"].executions) == done


@pytest.mark.parametrize(
    ("venue", "write"),
    [
        ("okx", lambda ex: ex.unfollow("25CD5A80241D6FE6")),
        ("blofin", lambda ex: ex.call("cancel_order", orderId="1")),
    ],
)
async def test_a_key_that_may_only_read_is_refused_and_nothing_is_done(box, venue, write):
    async with connected(box, venue, account="readonly") as ex:
        with pytest.raises(uc.PermissionDenied) as caught:
            await write(ex)

    assert caught.value.outcome == "rejected"
    assert box[venue].executions == []


@pytest.mark.parametrize("venue", ["okx", "blofin"])
@pytest.mark.parametrize("skew", [-7200, 7200])
async def test_a_clock_that_is_hours_off_and_jumps_refuses_nothing(venue, skew):
    clock = {"okx": "/api/v5/public/time", "blofin": "/api/v1/market/mark-price"}[venue]
    if clock not in {served.path for served in load_emulator(venue).declared()}:
        pytest.skip(f"the emulator does not serve {clock}")
    async with Sandbox(seed=7, venues=[venue], skew=skew) as box, connected(box, venue) as ex:
        before = {one.id for one in await ex.positions()}
        await box.advance(seconds=600)

        assert before
        assert len(await ex.positions()) > 0
