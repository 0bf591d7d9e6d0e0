"""The engine alone: market, ledger, positions, copying, limits."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unifiedcopy.sandbox import (
    CopySettings,
    Ledger,
    Limit,
    Market,
    NotEnough,
    Sandbox,
    Trigger,
    World,
    fixed,
    known_venues,
    load_emulator,
    plain,
)
from unifiedcopy.sandbox.clock import Clock, span
from unifiedcopy.sandbox.limits import Limiter

D = Decimal
DAY = 86_400


def new_world(seed: int = 1) -> World:
    return World("acme", Market(seed), Clock(wall=lambda: 1_800_000_000_000), seed)


def copying_world() -> World:
    """One leader, one follower that puts 10 USDT of margin into each copy."""
    world = new_world()
    world.open_account("ada", kind="COPY", deposit=D(1000))
    leader = world.add_leader("42", "Leader")
    leader.share = D("0.1")
    world.copying.follow("ada", leader, CopySettings(value=D(10), leverage=D(20)), invest=D(500))
    return world


def worth(world: World) -> Decimal:
    """Everything that belongs to ada or is set aside in her name, open profit aside."""
    follow = world.copying.following("ada")[0]
    owners = ("ada", follow.wallet, follow.escrow)
    margins = sum(p.margin for p in world.book.open_positions("ada"))
    return sum((world.ledger.balance(owner) for owner in owners), D(0)) + margins


def test_prices_repeat_from_the_seed() -> None:
    """Two markets of one seed go the same way; one coin more changes no other price."""
    one, two = Market(5), Market(5)
    two.ensure(20)
    for market in (one, two):
        for _ in range(50):
            market.step(60)

    assert [one.price(coin) for coin in one.coins] == [two.price(coin) for coin in one.coins]


def test_prices_stay_on_the_tick() -> None:
    market = Market(3)
    for _ in range(200):
        market.step(600)

    assert all(market.price(name) % coin.tick == 0 for name, coin in market.coins.items())


@pytest.mark.parametrize(("value", "text"), [("0E-8", "0"), ("100", "100"), ("1E+2", "100"), ("0.10", "0.1")])
def test_plain_text_has_no_exponent(value: str, text: str) -> None:
    assert plain(D(value)) == text


def test_fixed_text_keeps_its_decimals() -> None:
    assert fixed(D("3.1697"), 2) == "3.17"


def test_the_ledger_refuses_debts_and_moves_nothing_then() -> None:
    ledger = Ledger()
    ledger.move(Ledger.OUTSIDE, "ada", D(5))

    with pytest.raises(NotEnough):
        ledger.move("ada", "bob", D("5.00000001"))
    assert ledger.balance("ada") == 5
    assert ledger.total() == 0


def test_a_copy_takes_the_margin_that_was_asked_for() -> None:
    world = copying_world()
    world.copying.lead_open(world.copying.leaders["42"], "XRP", "long")
    (copy,) = world.book.open_positions("ada")

    assert copy.leverage == 20
    assert D("9.97") < copy.margin <= D(10)
    assert copy.size % world.market.coins["XRP"].lot == 0


def test_a_ratio_copy_puts_up_the_same_share_as_the_leader() -> None:
    world = copying_world()
    leader, follow = world.copying.leaders["42"], world.copying.following("ada")[0]
    follow.settings = CopySettings(mode="ratio", value=D(1))
    parent = world.copying.lead_open(leader, "XRP", "short")
    (copy,) = world.book.open_positions("ada")

    assert parent is not None
    assert abs(copy.margin / 500 - parent.margin / leader.deposit) < D("0.001")


def test_copies_close_with_the_leader_and_by_the_same_share() -> None:
    world = copying_world()
    parent = world.copying.lead_open(world.copying.leaders["42"], "XRP", "long")
    assert parent is not None
    (copy,) = world.book.open_positions("ada")
    size = copy.size
    world.copying.lead_close(parent, parent.size / 2)

    assert size * D("0.49") < copy.closed_size <= size / 2
    world.copying.lead_close(parent)
    assert world.book.open_positions("ada") == []
    assert copy.size == 0
    assert copy.closed_size == size


@pytest.mark.parametrize(
    ("trigger", "move", "reason"),
    [
        (Trigger("price", D(70000)), D("70000"), "take_profit"),
        (Trigger("roi", D("0.5")), D("69300"), "take_profit"),
        (Trigger("roi", D("-0.5")), D("65700"), "stop_loss"),
        (Trigger("price", D(66000)), D("65999.9"), "stop_loss"),
    ],
)
def test_triggers_close_at_their_level(trigger: Trigger, move: Decimal, reason: str) -> None:
    """A long from 67512.5 at 20x: a price, or a return on its margin."""
    world = new_world()
    world.open_account("ada", kind="x", deposit=D(1000))
    position = world.book.open("ada", "BTC", "long", D("0.1"), leverage=D(20))
    if reason == "take_profit":
        position.take_profit = trigger
    else:
        position.stop_loss = trigger
    world.market.set_price("BTC", D("67512.5"))
    assert position.size

    world.market.set_price("BTC", move)
    assert [closing.reason for closing in world.book.closings] == [reason]


def test_isolated_losses_end_at_the_margin() -> None:
    """A crash takes the margin and nothing more."""
    world = new_world()
    world.open_account("ada", kind="x", deposit=D(1000))
    position = world.book.open("ada", "BTC", "long", D("0.1"), leverage=D(20))
    left = world.ledger.balance("ada")
    world.market.set_price("BTC", D(30000))

    assert world.book.closings[0].reason == "liquidation"
    assert world.ledger.balance("ada") == left
    assert position.margin == 0
    assert world.ledger.total() == 0


def test_inverse_profit_is_paid_in_the_coin() -> None:
    world = new_world()
    world.open_account("ada", kind="x", deposit=D(1), asset="BTC")
    position = world.book.open("ada", "BTC", "short", D(299), leverage=D(10), inverse=True, cross=True)
    world.market.set_price("BTC", D(60000))
    closing = world.book.close(position)

    assert closing.profit == D("0.00055452")  # 299/60000 - 299/67512.5, cut to 8 decimals
    assert world.ledger.total("BTC") == 0


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["BTC", "ETH", "XRP"]),
            st.sampled_from(["long", "short", "close", "part", "up", "down"]),
        ),
        max_size=25,
    )
)
def test_money_is_conserved_whatever_happens(story: list[tuple[str, str]]) -> None:
    """Ada's money is her deposit plus profits minus fees and the leader's share, to the last decimal."""
    world = copying_world()
    leader = world.copying.leaders["42"]
    for coin, deed in story:
        held = [p for p in world.book.open_positions(leader.owner) if p.coin == coin]
        if deed in ("long", "short") and all(p.side != deed for p in held):
            world.copying.lead_open(leader, coin, "long" if deed == "long" else "short")
        elif deed in ("up", "down"):
            world.market.set_price(coin, world.market.price(coin) * (D("1.01") if deed == "up" else D("0.99")))
        elif held:
            world.copying.lead_close(held[0], held[0].size if deed == "close" else held[0].size / 2)

    closings = [c for c in world.book.closings if c.position.owner == "ada"]
    touched = [*world.book.history, *world.book.open_positions("ada")]
    fees = sum(p.open_fee + p.close_fee for p in touched if p.owner == "ada")
    assert worth(world) == 1000 + sum(c.profit for c in closings) - fees
    assert world.ledger.total() == 0
    for position in world.book.open_positions("ada"):
        assert world.ledger.balance(position.reserve) == position.margin


def test_unfollow_settles_and_gives_the_money_back() -> None:
    world = copying_world()
    follow = world.copying.following("ada")[0]
    world.copying.lead_open(follow.leader, "BTC", "long")
    world.market.set_price("BTC", D(69000))
    leader_had = world.ledger.balance(follow.leader.owner)
    world.copying.unfollow(follow)

    assert world.book.open_positions("ada") == []
    assert follow.withheld == 0 < follow.settled
    assert world.ledger.balance(follow.leader.owner) == leader_had + follow.settled
    assert world.ledger.balance(follow.wallet) == world.ledger.balance(follow.escrow) == 0


def test_a_rolling_window_frees_what_has_left_it() -> None:
    limiter, limit = Limiter(), Limit("x", 2, 1)
    at = [limiter.hit(limit, "ada", now).exceeded for now in (0, 500, 900, 999, 1000, 1499, 1500)]

    assert at == [False, False, True, True, False, True, False]
    assert not limiter.hit(limit, "bob", 1500).exceeded


def test_a_fixed_window_starts_anew() -> None:
    limiter, limit = Limiter(), Limit("x", 2, 1, rolling=False)
    usages = [limiter.hit(limit, "ada", now) for now in (900, 950, 999, 1000)]

    assert [usage.exceeded for usage in usages] == [False, False, True, False]
    assert usages[2].reset_ms == 1000


@pytest.mark.parametrize("venue", ["toobit", "zoomex", "okx", "blofin"])
async def test_a_month_passes_and_the_books_balance(venue: str) -> None:
    """30 days of trading on each venue: every asset sums to zero, each margin is where it belongs."""
    async with Sandbox(seed=11, venues=[venue]) as box:
        world = box[venue].world
        before = box.now_ms()
        await box.advance(seconds=30 * DAY)

        assert box.now_ms() - before >= 30 * DAY * 1000
        assert [world.ledger.total(asset) for asset in ("USDT", "BTC")] == [0, 0]
        for alias in world.accounts:
            for position in world.book.open_positions(alias):
                assert world.ledger.balance(position.reserve, position.asset) == position.margin


async def test_one_seed_one_story() -> None:
    """Keys, names and prices come from the seed alone."""

    async def story(seed: int) -> object:
        async with Sandbox(seed=seed, venues=["toobit"]) as box:
            await box.advance(seconds=DAY)
            world = box["toobit"].world
            closings = [(c.position.coin, c.size, c.price, c.profit, c.reason) for c in world.book.closings]
            return [a.credentials for a in world.accounts.values()], closings, box.market.price("BTC")

    assert await story(3) == await story(3)
    assert await story(3) != await story(4)


def test_every_emulator_is_found_and_explains_itself() -> None:
    """Each endpoint says whether it is documented or guessed."""
    assert {"toobit", "zoomex", "okx", "blofin"} <= set(known_venues())
    for venue in known_venues():
        table = load_emulator(venue)(World(venue, Market(1), Clock(), 1)).fidelity()
        assert table
        assert {row["fidelity"] for row in table} <= {"documented", "guessed"}


def test_an_unknown_venue_is_named() -> None:
    with pytest.raises(LookupError, match="nowhere"):
        load_emulator("nowhere")


def test_an_account_prints_no_keys() -> None:
    """A failing test or a log shows whose account it is, not what it signs with."""
    account = new_world().open_account("ada", kind="COPY", passphrase=True)

    assert "ada" in repr(account)
    assert len(account.credentials) == 3
    assert not [name for name, value in account.credentials.items() if name in repr(account) or value in repr(account)]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, (93, 100)),
        (50, None, (50, 57)),
        (None, 50, (43, 50)),
        (50, 57, (50, 57)),
        (50, 58, None),
        (50, 49, None),
    ],
)
def test_a_span_has_a_greatest_length(start: int | None, end: int | None, expected: tuple[int, int] | None) -> None:
    assert span(start, end, now=100, most=7) == expected
