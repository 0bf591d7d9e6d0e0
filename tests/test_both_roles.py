"""What a venue with leaders, contracts and wrapped objects needs: over a real socket, against the invented one."""

import base64
import hashlib
import hmac
import json
import re
from decimal import Decimal

import pytest

import unifiedcopy as uc
from tests.venue import Say, ScriptedVenue
from unifiedcopy import contracts, errors

DONE = Say({"code": "0", "data": [{"result": True}]})
INSTRUMENTS = {
    "code": "0",
    "data": [
        {"instId": "BTC-USDT-SWAP", "ctVal": "0.01", "ctValCcy": "BTC"},
        {"instId": "BTC-USD-SWAP", "ctVal": "100", "ctValCcy": "USD"},
        {"instId": "SPOT-USDT", "ctVal": "", "ctValCcy": ""},
    ],
}
NO_LIMITS = {"code": "0", "data": [{}]}


class Guild(ScriptedVenue):
    """Answers by path; a list of answers is said one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = {"/instruments": INSTRUMENTS, "/limits": NO_LIMITS, "/following": {"code": "0", "data": []}}
        self.script = [self._answer]

    def _answer(self, received) -> Say:
        path = received.target.partition("?")[0]
        answer = self.answers.get(path, DONE)
        answer = answer.pop(0) if isinstance(answer, list) else answer
        return answer if isinstance(answer, Say) else Say(answer)

    def targets(self, but: tuple[str, ...] = ("/instruments", "/limits")) -> list[str]:
        return [received.target for received in self.received if received.target not in but]

    def body(self) -> dict:
        return json.loads(self.received[-1].body)


@pytest.fixture
async def venue():
    contracts._lists.clear()
    async with Guild() as scripted:
        yield scripted


@pytest.fixture
async def ex(venue, guild):
    async with venue.exchange(guild) as exchange:
        yield exchange


def open_row(**given) -> dict:
    return {"id": "1", "inst": "BTC-USDT-SWAP", "posSide": "long", "pos": "3", "mark": "60000", **given}


# -- signing ----------------------------------------------------------------------------------------------------------


async def test_an_iso_timestamp_a_nonce_and_the_hex_text_in_base64_are_signed(venue, ex):
    venue.answers["/lead/positions"] = {"code": "0", "data": []}

    await ex.lead.positions()
    await ex.lead.positions()

    first, second = venue.received[-2:]
    text = first.headers["g-time"] + "GET/lead/positions" + first.headers["g-nonce"]
    digest = hmac.new(b"the-secret", text.encode(), hashlib.sha256).hexdigest()
    assert first.headers["g-sign"] == base64.b64encode(digest.encode()).decode()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first.headers["g-time"])
    assert first.headers["g-nonce"] != second.headers["g-nonce"]


# -- wrapped objects, versions ----------------------------------------------------------------------------------------


def ranks(version: str, pages: int, *codes: str) -> dict:
    rows = [{"code": code, "roi": "0.5", "insts": [{"id": "BTC-USDT-SWAP", "on": "1"}]} for code in codes]
    return {"code": "0", "data": [{"dataVer": version, "totalPage": str(pages), "ranks": rows}]}


async def test_a_ranking_is_read_in_one_version(venue, ex):
    venue.answers["/leaders"] = [ranks("v1", 2, "a", "b"), ranks("v1", 2, "c")]

    leaders = await ex.list_leaders()

    assert [leader.id for leader in leaders] == ["a", "b", "c"]
    assert leaders[0].window_days == 90
    assert venue.targets() == ["/leaders?page=1&limit=2", "/leaders?page=2&limit=2&dataVer=v1"]


async def test_a_ranking_that_is_made_anew_meanwhile_is_read_again_and_nobody_is_lost_or_doubled(venue, ex):
    venue.answers["/leaders"] = [
        ranks("v1", 2, "a", "b"),
        ranks("v2", 2, "b", "c"),  # b fell to the second page, x rose to the first
        ranks("v2", 2, "x", "a"),
        ranks("v2", 2, "b", "c"),
    ]

    leaders = await ex.list_leaders()

    assert sorted(leader.id for leader in leaders) == ["a", "b", "c", "x"]
    assert venue.targets()[-2:] == ["/leaders?page=1&limit=2&dataVer=v2", "/leaders?page=2&limit=2&dataVer=v2"]


async def test_a_list_of_nothing_where_one_object_is_wrapped_is_empty(venue, ex):
    venue.answers["/leaders"] = {"code": "0", "data": []}

    assert len(await ex.list_leaders()) == 0


@pytest.mark.parametrize("data", [None, {}, "", [None], [{"ranks": None}]])
async def test_anything_else_there_is_an_error_and_no_empty_list(venue, ex, data):
    venue.answers["/leaders"] = {"code": "0", "data": data}

    with pytest.raises(errors.BadResponse):
        await ex.list_leaders()


async def test_only_symbols_that_are_switched_on_are_listed(venue, ex):
    page = ranks("v1", 1, "a")
    page["data"][0]["ranks"][0]["insts"].append({"id": "ETH-USDT-SWAP", "on": "0"})
    venue.answers["/leaders"] = page

    assert (await ex.list_leaders())[0].symbols == ("BTC/USDT:USDT",)


@pytest.mark.parametrize(("asked", "sent", "told"), [(None, "3", 90), (7, "1", 7)])
async def test_what_an_answer_does_not_repeat_is_taken_from_the_request(venue, ex, asked, sent, told):
    venue.answers["/stats"] = {"code": "0", "data": [{"win": "0.6"}]}

    leader = await ex.leader("abc", days=asked)

    assert (leader.id, leader.window_days, leader.win_rate) == ("abc", told, Decimal("0.6"))
    assert venue.targets() == [f"/stats?code=abc&days={sent}"]


async def test_a_window_that_the_venue_does_not_have_is_refused(venue, ex):
    with pytest.raises(errors.BadRequest, match="it takes 7, 90"):
        await ex.leader("abc", days=8)
    assert venue.received == []


async def test_bare_values_are_rows_and_a_bad_one_is_withheld(venue, ex):
    venue.answers["/lead/symbols"] = {"code": "0", "data": {"list": ["BTC-USDT-SWAP", None]}}

    with pytest.raises(errors.PartialResult) as caught:
        await ex.lead.symbols()

    assert [(rule.symbol, rule.enabled) for rule in caught.value.page] == [("BTC/USDT:USDT", True)]


async def test_a_cursor_is_not_followed_when_the_venue_says_that_nothing_follows(venue, ex):
    venue.answers["/positions"] = [
        {"code": "0", "data": [open_row()], "next": "n1", "hasNext": True},
        {"code": "0", "data": [open_row(id="2")], "next": "n2", "hasNext": False},
    ]

    assert len(await ex.positions()) == 2


# -- contracts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "side", "size", "unit", "notional"),
    [
        ({"posSide": "net", "pos": "-3"}, "short", "0.03", "base", "1800"),
        ({"posSide": "net", "pos": "3"}, "long", "0.03", "base", "1800"),
        ({"posSide": "short", "pos": "3"}, "short", "0.03", "base", "1800"),
        ({"inst": "BTC-USD-SWAP"}, "long", "300", "quote", "300"),
        ({"inst": "NEW-USDT-SWAP"}, "long", "3", "contract", None),
        ({"inst": "odd"}, "long", "3", "contract", None),
    ],
)
async def test_contracts_become_coins_or_quote_money_and_what_is_not_listed_stays(
    venue, ex, row, side, size, unit, notional
):
    venue.answers["/positions"] = {"code": "0", "data": [open_row(**row)]}

    (position,) = page = await ex.positions()

    assert (position.side, position.size, position.size_unit) == (side, Decimal(size), unit)
    assert position.notional == (None if notional is None else Decimal(notional))
    assert page.info(0)["pos"] == row.get("pos", "3")


@pytest.mark.parametrize("row", [{"posSide": "net", "pos": "0"}, {"posSide": "net", "pos": ""}, {"posSide": "both"}])
async def test_a_net_position_without_a_sign_is_withheld(venue, ex, row):
    venue.answers["/positions"] = {"code": "0", "data": [open_row(**row)]}

    with pytest.raises(errors.PartialResult):
        await ex.positions()


async def test_the_instruments_are_read_once_for_all_accounts(venue, guild):
    venue.answers["/positions"] = {"code": "0", "data": [open_row()]}
    async with venue.exchange(guild) as first, venue.exchange(guild) as second:
        await first.positions()
        await second.positions()

    assert [received.target for received in venue.received].count("/instruments") == 1


async def test_positions_are_not_shown_in_a_guessed_unit_when_the_instruments_cannot_be_read(venue, ex):
    venue.answers["/instruments"] = {"code": "0", "data": []}
    venue.answers["/positions"] = {"code": "0", "data": [open_row()]}

    with pytest.raises(errors.BadResponse, match="lists no instruments"):
        await ex.positions()


async def test_a_size_goes_back_as_contracts(venue, ex):
    venue.answers["/positions"] = {"code": "0", "data": [open_row()]}
    (position,) = await ex.positions()

    await ex.close_position(position)

    assert venue.body() == {"id": "1", "size": "3"}


async def test_a_size_that_is_no_number_of_contracts_is_refused(venue, ex):
    position = uc.Position("guild/v1", "me", "1", "BTC/USDT:USDT", "BTC-USDT-SWAP", "long", Decimal("0.015"), "base")
    thirds = uc.Position("guild/v1", "me", "1", None, "NEW-USDT-SWAP", "long", Decimal(1), "base")

    await ex.close_position(position)  # half a contract: the venue may allow it
    assert venue.body()["size"] == "1.5"
    with pytest.raises(errors.BadRequest, match="lists no NEW-USDT-SWAP"):
        await ex.close_position(thirds)


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

FIFTY = uc.FollowSettings(sizing=uc.FixedAmount(50))


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


# -- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind", "outcome"),
    [
        ({"code": "0", "data": [{"sCode": "51000", "sMsg": "no"}]}, errors.BadRequest, "rejected"),
        ({"code": "1", "data": [{"sCode": "59280", "sMsg": "no"}]}, errors.NotFollowing, "rejected"),
        ({"code": "0", "data": {"sCode": "51000"}}, errors.BadRequest, "rejected"),
        ({"code": "2", "data": [{"sCode": "0"}]}, errors.OutcomeUnknown, "unknown"),
        ({"code": "0", "data": [{"sCode": "99999"}]}, errors.OutcomeUnknown, "unknown"),
        ({"code": "0", "data": [{"result": False}]}, errors.OutcomeUnknown, "unknown"),
        ({"code": "0", "data": []}, errors.OutcomeUnknown, "unknown"),
    ],
)
async def test_a_code_inside_a_row_rules_and_a_write_must_be_confirmed(venue, ex, answer, kind, outcome):
    venue.answers["/follow"] = answer

    with pytest.raises(kind) as caught:
        await ex.follow("abc", FIFTY, amend=False)

    assert caught.value.outcome == outcome


async def test_a_word_that_denies_a_success_code_leaves_the_outcome_open(venue, ex):
    venue.answers["/amend"] = {"code": "0", "data": "fail"}
    with pytest.raises(errors.OutcomeUnknown, match="the answer's data is 'fail'"):
        await ex.follow("abc", FIFTY, amend=True)

    venue.answers["/amend"] = {"code": "0", "data": ""}
    assert (await ex.follow("abc", FIFTY, amend=True)).endpoint == "amend"
