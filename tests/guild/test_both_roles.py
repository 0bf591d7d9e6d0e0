"""Leading and following: over a real socket, against the invented venue."""

from decimal import Decimal

import pytest

import unifiedcopy as uc
from tests.guild.venue import FIFTY, open_row
from tests.venue import Say, ScriptedVenue
from unifiedcopy import errors

# -- the two roles ----------------------------------------------------------------------------------------------------


async def test_a_position_is_handled_by_the_verbs_of_its_own_role(venue, ex):
    rows = {"code": "0", "data": [open_row()]}
    venue.answers |= {"/positions": rows, "/lead/positions": rows}
    (copied,), (led,) = await ex.positions(), await ex.lead.positions()
    assert (copied.role, led.role) == ("follower", "lead")
    asked = len(venue.received)

    with pytest.raises(errors.BadRequest, match="position is lead, not follower"):
        await ex.close_position(led)
    with pytest.raises(errors.BadRequest, match="position is follower, not lead"):
        await ex.lead.close_position(copied)
    assert len(venue.received) == asked

    await ex.lead.close_position(led)
    assert venue.body() == {"ids": ["1"]}


async def test_capabilities_tell_the_leaders_verbs(ex):
    assert (ex.can.lead.positions, ex.can.lead.statistics) == ("native", "missing")
    with pytest.raises(AttributeError, match=r"no verb 'lead\.folowers'"):
        ex.can.lead.folowers  # noqa: B018


async def test_symbols_are_changed_one_row_each(venue, ex):
    await ex.lead.set_symbols(["BTC/USDT:USDT", "ETH/USDT:USDT"], how="add")

    assert venue.body() == {"list": [{"inst": "BTC-USDT-SWAP", "op": "ADD"}, {"inst": "ETH-USDT-SWAP", "op": "ADD"}]}


@pytest.mark.parametrize(
    ("symbols", "how", "says"),
    [
        (["A/USDT:USDT", "B/USDT:USDT", "C/USDT:USDT"], "add", "3 symbols, but one call takes 2"),
        (["BTCUSDT"], "add", "is no symbol of this API"),
        ([], "add", "symbols is required"),
        ("BTC/USDT:USDT", "add", "symbols takes a tuple of text"),
        (5, "add", "symbols takes a tuple of text"),
        (["A/USDT:USDT", "A/USDT:USDT"], "add", "one stands twice"),
    ],
)
async def test_a_change_of_symbols_that_cannot_be_said_is_refused(venue, ex, symbols, how, says):
    with pytest.raises(errors.UnifiedCopyError, match=says):
        await ex.lead.set_symbols(symbols, how=how)
    assert venue.received == []


async def test_a_venue_that_only_adds_and_removes_symbols_replaces_none(venue, ex):
    with pytest.raises(errors.NotSupported, match="how = 'replace' can't be said here; it takes add, remove"):
        await ex.lead.set_symbols(["BTC/USDT:USDT"])
    assert venue.received == []


async def test_a_lead_setting_that_the_venue_lacks_is_refused_by_its_name(venue, ex):
    await ex.lead.set_settings(uc.LeadSettings(profit_share="0.1"))
    assert venue.body() == {"share": "0.1"}

    with pytest.raises(errors.NotSupported, match=r"settings\.show_equity"):
        await ex.lead.set_settings(uc.LeadSettings(profit_share="0.1", show_equity=True))
    with pytest.raises(errors.BadRequest, match=r"share: 0\.5 is out of range"):
        await ex.lead.set_settings(uc.LeadSettings(profit_share="0.5"))


async def test_profit_shares_are_chosen_by_time_and_currency(venue, ex):
    rows = [("1", "usdt", 1_700_000_000_000), ("2", "USDC", 1_700_000_000_000), ("3", "USDT", 1_600_000_000_000)]
    venue.answers["/lead/shares"] = {"code": "0", "data": [{"amt": a, "ccy": c, "ts": t} for a, c, t in rows]}

    shares = await ex.lead.profit_share(asset="USDT", since=1_650_000_000_000)

    assert [(share.amount, share.status) for share in shares] == [(Decimal(1), "settled")]


@pytest.mark.parametrize(("day", "at"), [("2026-06-01", 1_780_272_000_000), ("", None), (None, None)])
async def test_a_day_is_its_beginning(venue, ex, day, at):
    venue.answers["/lead/share-days"] = {"code": "0", "data": [{"amt": "1", "day": day}]}

    assert [share.at for share in await ex.lead.profit_share_totals()] == [at]


@pytest.mark.parametrize("day", ["2026-13-01", "01.06.2026", 20260601, "1026-06-01"])
async def test_a_day_that_is_none_withholds_its_row(venue, ex, day):
    venue.answers["/lead/share-days"] = {"code": "0", "data": [{"amt": "1", "day": day}]}

    with pytest.raises(errors.PartialResult):
        await ex.lead.profit_share_totals()


@pytest.mark.parametrize(("isolated", "mode"), [(True, "isolated"), (False, "cross"), (None, None)])
async def test_a_word_may_be_a_boolean(venue, ex, isolated, mode):
    venue.answers["/lead/settings"] = {"code": "0", "data": {"isolated": isolated}}

    assert (await ex.lead.settings()).margin_mode == mode


def masked(*names: str) -> dict:
    return {"code": "0", "data": [{"name": name} for name in names]}


async def test_followers_that_cannot_be_told_apart_are_all_kept(venue, ex):
    venue.answers["/lead/followers"] = [masked("a***", "a***"), masked("a***", "b***"), masked()]

    assert [follower.name for follower in await ex.lead.followers()] == ["a***", "a***", "a***", "b***"]


async def test_a_page_of_them_that_comes_again_ends_the_walk(venue, ex):
    venue.answers["/lead/followers"] = [masked("a***", "b***"), masked("a***", "b***"), masked("never")]

    assert [follower.name for follower in await ex.lead.followers()] == ["a***", "b***"]


async def test_followers_with_ids_are_told_once_when_the_list_shifts(venue, ex):
    pages = [["1", "2"], ["2", "3"], []]
    venue.answers["/lead/followers"] = [{"code": "0", "data": [{"id": one} for one in page]} for page in pages]

    assert [follower.id for follower in await ex.lead.followers()] == ["1", "2", "3"]


@pytest.mark.parametrize("span", [{"since": 1_700_000_000_000}, {"until": 1_700_000_000_000}])
async def test_a_list_that_is_not_told_by_time_is_not_chosen_by_time(venue, ex, span):
    """All of it would look like what was asked for."""
    with pytest.raises(errors.NotSupported, match=f"{next(iter(span))}: this list is not told by time"):
        await ex.lead.followers(**span)
    assert venue.received == []


async def test_a_hidden_follower_cannot_be_named(ex):
    with pytest.raises(errors.BadRequest, match="hides this one's id"):
        await ex.lead.remove_follower(uc.Follower("guild/v1", "me", None, "a***b"))


# -- histories that a venue tells some days at a time ----------------------------------------------------------------

DAY = 86_400_000
END = 1_700_000_000_000


def closed_rows(received) -> dict:
    """One closing every two days, of the span that is asked for, both ends included."""
    asked = dict(pair.split("=") for pair in received.target.partition("?")[2].split("&"))
    assert int(asked["to"]) - int(asked["from"]) <= 7 * DAY
    times = [END - days * DAY for days in range(0, 40, 2)]
    rows = [
        {"inst": "BTC-USDT-SWAP", "posSide": "long", "pos": "1", "at": at}
        for at in times
        if int(asked["from"]) <= at <= int(asked["to"])
    ]
    return {"code": "0", "data": rows}


async def test_a_long_history_is_read_span_by_span_with_nothing_lost_or_doubled(venue, ex):
    venue.script = [lambda received: Say(closed_rows(received))]

    page = await ex.lead.closed_positions(since=END - 20 * DAY, until=END, limit=1000)

    assert [closed.closed_at for closed in page] == [END - days * DAY for days in range(2, 21, 2)]
    assert page.covers == (END - 20 * DAY, END)
    assert len(venue.received) == 3


async def test_no_more_spans_are_read_than_the_limit_needs(venue, ex):
    venue.script = [lambda received: Say(closed_rows(received))]

    page = await ex.lead.closed_positions(since=END - 20 * DAY, until=END, limit=2)

    assert [closed.closed_at for closed in page] == [END - 2 * DAY, END - 4 * DAY]
    assert page.covers == (END - 7 * DAY, END)
    assert len(venue.received) == 1


async def test_a_history_of_too_many_spans_is_refused(venue, ex):
    with pytest.raises(errors.BadRequest, match="calls of 7 days each"):
        await ex.lead.closed_positions(since=1_420_070_400_000, until=4_102_444_700_000)
    assert venue.received == []


# -- following --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("followed", "amend", "path"),
    [([], None, "/follow"), (["abc"], None, "/amend"), ([], True, "/amend"), (["abc"], False, "/follow")],
)
async def test_starting_and_changing_are_told_apart_by_what_is_followed(venue, ex, followed, amend, path):
    venue.answers["/following"] = {"code": "0", "data": [{"code": code} for code in followed]}

    await ex.follow("abc", FIFTY, amend=amend)

    assert venue.received[-1].target == path
    assert ("/following" in venue.targets()) == (amend is None)


@pytest.mark.parametrize(
    ("limits", "settings", "says"),
    [
        ({"minAmt": "51"}, FIFTY, "settings.sizing = 50 is out of the venue's range: 51 to …"),
        ({"maxAmt": "49.99"}, FIFTY, "settings.sizing = 50 is out of the venue's range: … to 49.99"),
        (
            {"maxSl": "0.75"},
            uc.FollowSettings(sizing=uc.FixedAmount(50), stop_loss=uc.Roi("-0.8")),
            "settings.stop_loss .as a loss. = 0.8 is out of the venue's range: … to 0.75",
        ),
    ],
)
async def test_a_setting_outside_of_what_the_venue_tells_is_refused_before_the_write(venue, ex, limits, settings, says):
    venue.answers["/limits"] = {"code": "0", "data": [limits]}

    with pytest.raises(errors.BadRequest, match=says) as caught:
        await ex.follow("abc", settings, amend=False)

    assert caught.value.outcome == "not_sent"
    assert "/follow" not in venue.targets()


async def test_limits_are_read_once_and_only_for_settings_that_they_are_about(venue, ex):
    for _ in range(2):
        await ex.follow("abc", FIFTY, amend=False)

    assert [received.target for received in venue.received].count("/limits") == 1


async def test_a_preview_of_following_asks_the_venue_nothing(venue, ex):
    preview = await ex.preview("follow", "abc", FIFTY)

    assert preview.url.endswith("/follow")
    assert venue.received == []


async def test_the_leaders_verbs_are_previewed_by_their_whole_name(venue, ex):
    preview = await ex.preview("lead.set_settings", uc.LeadSettings(profit_share="0.1"))

    assert preview.body == '{"share":"0.1"}'
    assert venue.received == []


@pytest.mark.parametrize("chosen", ["close", "keep"])
async def test_what_becomes_of_open_copies_is_said(venue, ex, chosen):
    await ex.unfollow("abc", open_copies=chosen)

    assert venue.body() == {"code": "abc", "how": f"{'market' if chosen == 'close' else 'manual'}_close"}


async def test_an_ending_that_must_be_chosen_is_asked_for(venue, ex):
    with pytest.raises(errors.ArgumentsRequired, match="open_copies"):
        await ex.unfollow("abc")
    with pytest.raises(errors.BadRequest, match="it takes close, keep"):
        await ex.unfollow("abc", open_copies="with_leader")
    assert venue.received == []


@pytest.mark.parametrize(("fits", "wanted"), [(True, "keep"), (False, "close")])
async def test_where_the_venue_decides_about_open_copies_only_the_same_can_be_asked(plain, fits, wanted):
    async with ScriptedVenue() as venue, venue.exchange(plain) as ex:
        if fits:
            await ex.unfollow("abc", open_copies=wanted)
            assert venue.received[0].target == "/leaders/abc"
            return
        with pytest.raises(errors.NotSupported, match="leaves them kept"):
            await ex.unfollow("abc", open_copies=wanted)
