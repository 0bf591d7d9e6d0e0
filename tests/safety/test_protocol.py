"""The way of one write, with a venue that is two functions: one that takes it, one that tells the state."""

import asyncio

import pytest

from tests.safety.conftest import wish
from unifiedcopy import errors
from unifiedcopy.page import Page
from unifiedcopy.safety import protocol
from unifiedcopy.safety.goals import Unlisted
from unifiedcopy.safety.halt import Halt
from unifiedcopy.safety.journal import Journal
from unifiedcopy.safety.protocol import Safety, Writes

LAG = 0.02
LOST = errors.OutcomeUnknown("no answer", reason=errors.NetworkError("broke", outcome="unknown"))
INTENT = wish(operation="unfollow", goal=Unlisted("following", "leader_id", "7"))
ACCOUNT = (INTENT.exchange, INTENT.origin, INTENT.account)


class Row:
    leader_id = "7"


class Venue:
    """Follows leader 7 until somebody ends it."""

    def __init__(self):
        self.executed = 0
        self.ends = True
        self.answer: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.before_leaving = lambda: None
        self.reached = asyncio.Event()

    async def send(self, leaving):
        self.before_leaving()
        leaving()
        self.executed += self.ends
        self.reached.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.answer is not None:
            raise self.answer
        return {"ok": True}

    async def read(self, verb, given, *, market=None):
        return Page([] if self.executed else [Row()], ())

    def tells(self, verb):
        return frozenset({"leader_id"})


@pytest.fixture
def venue():
    return Venue()


@pytest.fixture
def writes(venue, folder):
    return Writes(venue, Safety(folder), LAG)


def states(folder):
    return [one.state for one in Journal(folder).writes()]


async def test_an_answer_is_noted_before_the_caller_hears_it(writes, venue, folder):
    assert await writes.carry_out(INTENT, venue.send) == (1, {"ok": True}, None)
    assert states(folder) == ["confirmed"]


@pytest.mark.parametrize("outcome", ["rejected", "not_sent"])
async def test_a_proven_no_is_noted_with_its_reason_and_blocks_nothing(writes, venue, folder, outcome):
    venue.ends = False
    venue.answer = errors.NetworkError("no", outcome=outcome, code="42", http_status=400)
    with pytest.raises(errors.NetworkError) as caught:
        await writes.carry_out(INTENT, venue.send)

    record = Journal(folder).write(caught.value.journal_id)
    assert record.state == outcome
    assert record.data == {"error": "NetworkError", "code": "42", "message": "no", "http_status": 400}
    venue.answer = None
    await writes.carry_out(INTENT, venue.send)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (errors.BadRequest("no", outcome="not_sent"), "unknown"),
        (errors.BadRequest("no", outcome="rejected"), "rejected"),
        (errors.NetworkError("no", outcome="not_sent"), "not_sent"),
    ],
)
async def test_of_what_had_left_only_the_transport_can_say_that_it_did_not(venue, folder, answer, state):
    venue.answer = answer

    with pytest.raises(errors.UnifiedCopyError):
        await Writes(venue, Safety(folder, read_back=False), LAG).carry_out(INTENT, venue.send)

    journal = Journal(folder)
    assert [entry.state for entry in journal._entries()][:3] == ["planned", "sent", state]


async def test_what_had_not_left_was_not_sent_whatever_is_raised(venue, folder):
    async def send(leaving):
        raise errors.BadRequest("no", outcome="not_sent")

    with pytest.raises(errors.BadRequest):
        await Writes(venue, Safety(folder), LAG).carry_out(INTENT, send)

    assert states(folder) == ["not_sent"]


async def test_a_lost_answer_of_a_write_that_was_done_is_found_in_the_state(writes, venue, folder):
    venue.answer = LOST
    _, answer, verdict = await writes.carry_out(INTENT, venue.send)

    assert (answer, verdict.settled) == (None, "applied")
    assert states(folder) == ["applied"]


async def test_a_lost_answer_of_a_write_that_was_not_done_says_that_it_may_be_sent_again(writes, venue, folder):
    venue.answer, venue.ends = LOST, False
    with pytest.raises(errors.NotApplied, match="may be sent again") as caught:
        await writes.carry_out(INTENT, venue.send)

    assert (caught.value.outcome, caught.value.journal_id, states(folder)) == ("rejected", 1, ["not_applied"])
    venue.answer, venue.ends = None, True
    await writes.carry_out(INTENT, venue.send)
    assert venue.executed == 1


async def test_what_the_state_does_not_tell_stays_open_says_where_to_look_and_blocks(venue, folder):
    writes = Writes(venue, Safety(folder, read_back=False), LAG)
    venue.answer = LOST
    with pytest.raises(errors.OutcomeUnknown, match=r"look at following\(\).*write 1 of the log") as caught:
        await writes.carry_out(INTENT, venue.send)
    venue.answer = None
    with pytest.raises(errors.SafetyRefused, match="no known end") as refused:
        await writes.carry_out(INTENT, venue.send)

    assert caught.value.journal_id == refused.value.journal_id == 1
    assert (venue.executed, states(folder)) == (1, ["unresolved"])


KNOWN = {"code": "5", "http_status": 502, "retry_after": 3.0}


@pytest.mark.parametrize(("read_back", "kind"), [(False, errors.OutcomeUnknown), (True, errors.NotApplied)])
async def test_what_was_known_of_a_lost_answer_is_told_with_its_end(venue, folder, read_back, kind):
    reason = errors.NetworkError("broke", outcome="unknown")
    venue.answer, venue.ends = errors.OutcomeUnknown("no answer", reason=reason, **KNOWN), False

    with pytest.raises(kind, match=r"no answer|NetworkError: broke") as caught:
        await Writes(venue, Safety(folder, read_back=read_back), LAG).carry_out(INTENT, venue.send)

    assert {name: getattr(caught.value, name) for name in KNOWN} == KNOWN


@pytest.mark.parametrize("applied", [True, False])
async def test_a_person_ends_the_doubt_and_the_same_may_be_asked_again(venue, folder, applied):
    writes = Writes(venue, Safety(folder, read_back=False), LAG)
    venue.answer = LOST
    with pytest.raises(errors.OutcomeUnknown):
        await writes.carry_out(INTENT, venue.send)
    writes.resolve(1, applied=applied)

    assert states(folder) == ["applied" if applied else "not_applied"]
    venue.answer = None
    await writes.carry_out(INTENT, venue.send)


async def test_a_write_without_doubt_is_not_resolved(writes, venue):
    await writes.carry_out(INTENT, venue.send)

    with pytest.raises(errors.BadRequest, match="not in doubt"):
        writes.resolve(1, applied=True)
    with pytest.raises(errors.BadRequest, match="no such write"):
        writes.resolve(2, applied=True)


async def test_a_write_on_its_way_blocks_the_same_intent_and_can_not_be_resolved(writes, venue):
    venue.gate = asyncio.Event()
    first = asyncio.ensure_future(writes.carry_out(INTENT, venue.send))
    await venue.reached.wait()

    with pytest.raises(errors.SafetyRefused, match="is on its way"):
        await writes.carry_out(INTENT, venue.send)
    with pytest.raises(errors.SafetyRefused, match="wait for its end"):
        writes.resolve(1, applied=True)
    assert await writes.reconcile(*ACCOUNT) == []
    venue.gate.set()
    await first
    assert venue.executed == 1


async def test_of_fifty_at_once_one_is_sent(writes, venue):
    venue.gate = asyncio.Event()
    tasks = [asyncio.ensure_future(writes.carry_out(INTENT, venue.send)) for _ in range(50)]
    await venue.reached.wait()
    await asyncio.sleep(0.05)
    venue.gate.set()
    ends = await asyncio.gather(*tasks, return_exceptions=True)

    assert venue.executed == 1
    assert sum(isinstance(end, errors.SafetyRefused) for end in ends) == 49


# -- the kill switch --------------------------------------------------------------------------------------------------

FOLLOW = wish()


async def test_nothing_that_adds_risk_is_planned_while_the_switch_is_on(writes, venue, folder):
    Halt(folder).turn_on("enough")
    with pytest.raises(errors.SafetyRefused, match="enough"):
        await writes.carry_out(FOLLOW, venue.send)

    assert venue.executed == 0
    assert states(folder) == []
    await writes.carry_out(INTENT, venue.send)  # ending works


async def test_a_switch_that_is_turned_on_between_plan_and_send_stops_it(writes, venue, folder):
    venue.before_leaving = lambda: Halt(folder).turn_on("enough")
    with pytest.raises(errors.SafetyRefused, match="enough") as caught:
        await writes.carry_out(FOLLOW, venue.send)

    assert (venue.executed, caught.value.outcome, states(folder)) == (0, "not_sent", ["not_sent"])
    Halt(folder).turn_off()
    venue.before_leaving = lambda: None
    await writes.carry_out(FOLLOW, venue.send)


# -- a log that can't be written --------------------------------------------------------------------------------------


def full(log):
    log._db.execute("PRAGMA query_only = 1")


def roomy(log):
    log._db.execute("PRAGMA query_only = 0")


async def test_what_can_not_be_planned_is_not_sent(writes, venue, folder):
    full(writes.journal)
    with pytest.raises(errors.SafetyRefused, match="not sent") as caught:
        await writes.carry_out(INTENT, venue.send)

    assert (venue.executed, caught.value.outcome) == (0, "not_sent")


async def test_what_can_not_be_noted_as_sent_is_not_sent(writes, venue, folder):
    venue.before_leaving = lambda: full(writes.journal)
    with pytest.raises(errors.SafetyRefused, match="not sent") as caught:
        await writes.carry_out(INTENT, venue.send)

    assert (venue.executed, caught.value.outcome, states(folder)) == (0, "not_sent", ["planned"])
    roomy(writes.journal)
    venue.before_leaving = lambda: None
    assert [one.state for one in await writes.reconcile(*ACCOUNT)] == ["not_sent"]


@pytest.mark.parametrize("answer", [None, LOST])
async def test_a_log_that_is_full_after_sending_loses_nothing(writes, venue, folder, answer):
    venue.gate = asyncio.Event()
    venue.answer = answer
    task = asyncio.ensure_future(writes.carry_out(INTENT, venue.send))
    await venue.reached.wait()
    full(writes.journal)
    venue.gate.set()
    await task  # the caller is told what is true
    assert states(folder) == ["sent"]
    with pytest.raises(errors.SafetyRefused):
        await writes.carry_out(INTENT, venue.send)

    roomy(writes.journal)
    assert [one.state for one in await Writes(venue, Safety(folder), LAG).reconcile(*ACCOUNT)] == ["applied"]
    assert venue.executed == 1


# -- the next start ---------------------------------------------------------------------------------------------------


def left_behind(folder, *steps, intent=INTENT):
    """A write of a process that is gone."""
    log = Journal(folder)
    number = log.plan(intent)
    for step in steps:
        log.sending(number) if step == "sent" else log.end(number, step)
    log.release(number)
    return number


@pytest.mark.parametrize(
    ("steps", "executed", "state"),
    [
        ((), False, "not_sent"),
        (("sent",), True, "applied"),
        (("sent",), False, "not_applied"),
        (("sent", "unknown"), True, "applied"),
        (("sent", "unresolved"), False, "not_applied"),
    ],
)
async def test_what_was_left_open_is_settled_before_the_next_write(writes, venue, folder, steps, executed, state):
    left_behind(folder, *steps)
    venue.executed = int(executed)
    await writes.carry_out(FOLLOW, venue.send)

    assert states(folder) == ["confirmed", state]


async def test_whoever_wants_out_waits_for_nothing_that_was_left_open(writes, venue, folder):
    left_behind(folder, "sent")
    venue.read = None
    await writes.carry_out(wish(operation="unfollow", sent={"other": "1"}), venue.send)

    assert states(folder) == ["confirmed", "sent"]


async def test_a_planned_write_of_a_dead_process_is_settled_without_a_look(writes, venue, folder):
    number = left_behind(folder)
    venue.read = None

    assert [(one.id, one.state) for one in await writes.reconcile(*ACCOUNT)] == [(number, "not_sent")]


async def test_only_the_own_accounts_writes_are_settled(writes, venue, folder):
    other = left_behind(folder, "sent", intent=wish(account="other"))

    assert await writes.reconcile(*ACCOUNT) == []
    assert Journal(folder).write(other).state == "sent"


async def test_many_open_writes_are_settled_at_once_and_one_that_fails_hides_no_other(venue, folder):
    numbers = [left_behind(folder, "sent", intent=wish(sent={"n": str(n)}, goal=INTENT.goal)) for n in range(4)]
    broken, looks = venue.read, []

    async def read(*asked, **options):
        looks.append(asked)
        if len(looks) == 2:
            raise ZeroDivisionError
        return await broken(*asked, **options)

    venue.read = read
    writes = Writes(venue, Safety(folder), LAG)
    with pytest.raises(ZeroDivisionError):
        await writes.reconcile(*ACCOUNT)

    settled = [Journal(folder).write(number).state for number in numbers]
    assert sorted(settled) == ["not_applied"] * 3 + ["unknown"]
    venue.read = broken
    assert len(await writes.reconcile(*ACCOUNT)) == 1


# -- cancelled --------------------------------------------------------------------------------------------------------


async def cancelled(task):
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_answer_that_comes_after_a_cancellation_is_noted(writes, venue, folder):
    venue.gate = asyncio.Event()
    task = asyncio.ensure_future(writes.carry_out(INTENT, venue.send))
    await venue.reached.wait()
    asyncio.get_running_loop().call_later(0.05, venue.gate.set)
    await cancelled(task)

    assert states(folder) == ["confirmed"]


async def test_without_an_answer_it_is_unknown_and_the_next_write_settles_it(writes, venue, folder, monkeypatch):
    monkeypatch.setattr(protocol, "GRACE", 0.05)
    venue.gate = asyncio.Event()
    task = asyncio.ensure_future(writes.carry_out(INTENT, venue.send))
    await venue.reached.wait()
    await cancelled(task)
    assert states(folder) == ["unknown"]
    venue.gate = None
    await writes.carry_out(INTENT, venue.send)  # on the same connection, the same wish

    assert states(folder) == ["confirmed", "applied"]


async def test_a_second_cancellation_waits_no_longer(writes, venue, folder):
    venue.gate = asyncio.Event()
    task = asyncio.ensure_future(writes.carry_out(INTENT, venue.send))
    await venue.reached.wait()
    task.cancel()
    await asyncio.sleep(0.01)
    await cancelled(task)

    assert states(folder) == ["unknown"]


async def test_what_was_cancelled_before_it_left_does_not_leave_afterwards(writes, venue, folder):
    waiting = asyncio.Event()

    async def send(leaving):
        waiting.set()
        await asyncio.sleep(0.05)
        return await venue.send(leaving)

    task = asyncio.ensure_future(writes.carry_out(INTENT, send))
    await waiting.wait()
    await cancelled(task)

    assert (venue.executed, states(folder)) == (0, ["not_sent"])


async def test_what_was_cancelled_before_it_left_was_not_sent(writes, venue, folder):
    async def send(leaving):
        await asyncio.sleep(30)

    task = asyncio.ensure_future(writes.carry_out(INTENT, send))
    await asyncio.sleep(0.05)
    await cancelled(task)

    assert states(folder) == ["not_sent"]


async def test_a_bug_after_the_first_byte_is_unknown_and_before_it_not_sent(writes, venue, folder):
    def bug():
        raise ZeroDivisionError

    venue.answer = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await writes.carry_out(INTENT, venue.send)
    venue.before_leaving = bug
    with pytest.raises(ZeroDivisionError):
        await writes.carry_out(FOLLOW, venue.send)

    assert states(folder) == ["not_sent", "unknown"]


async def test_a_caller_who_does_not_wait_for_what_was_left_open_gets_the_next_write_through(writes, venue, folder):
    left_behind(folder, "sent")
    told = venue.read

    async def slow(*asked, **options):
        await asyncio.sleep(30)

    venue.read = slow
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await writes.carry_out(FOLLOW, venue.send)
    await writes.carry_out(FOLLOW, venue.send)
    assert states(folder) == ["confirmed", "unknown"]
    venue.read = told

    assert [one.state for one in await writes.reconcile(*ACCOUNT)] == ["applied"]


async def test_a_cancelled_readback_is_taken_up_by_the_next_write(writes, venue, folder, monkeypatch):
    venue.answer = LOST
    told = venue.read
    looking = asyncio.Event()

    async def slow(*asked, **options):
        looking.set()
        await asyncio.sleep(30)

    venue.read = slow
    task = asyncio.ensure_future(writes.carry_out(INTENT, venue.send))
    await looking.wait()
    await cancelled(task)
    assert states(folder) == ["unknown"]
    venue.read, venue.answer = told, None
    await writes.carry_out(FOLLOW, venue.send)

    assert states(folder) == ["confirmed", "applied"]


async def test_a_write_that_a_later_one_about_the_same_leader_hides_is_not_judged_by_the_state(writes, venue, folder):
    matter = {"leader_id": "7", "goal": INTENT.goal}
    number = left_behind(folder, "sent", intent=wish(operation="unfollow", **matter))
    left_behind(folder, "sent", "confirmed", intent=wish(sent={"later": "1"}, **matter))

    await writes.reconcile(*ACCOUNT)
    assert Journal(folder).write(number).state == "unresolved"


def test_a_verdict_that_could_not_be_noted_may_be_given_again(folder, monkeypatch):
    number, log = left_behind(folder, "sent", "unknown"), Journal(folder)

    def full(*_, **__):
        raise errors.SafetyRefused("the log can't be written")

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "end", full)
        with pytest.raises(errors.SafetyRefused, match="can't be written"):
            protocol.resolve(log, number, applied=True)
    protocol.resolve(log, number, applied=True)

    assert log.write(number).state == "applied"
