"""The write log: its steps, who holds a write, and what an open one blocks."""

import gc
import stat
import threading
import time

import pytest

from tests.safety.conftest import wish
from tests.safety.logs import changed, in_a_child, states, written
from unifiedcopy import errors
from unifiedcopy.safety import journal as module
from unifiedcopy.safety.journal import FILE, HEAD, OPEN, Journal, journal_of
from unifiedcopy.safety.process import this_process

resource = pytest.importorskip("resource", reason="limits and forks are POSIX's")
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # from 3.12 on
ENDS = ("confirmed", "rejected", "not_sent", "applied", "not_applied")


# -- steps ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ENDS)
def test_every_step_of_a_write_is_in_the_log_before_the_next(folder, end):
    log = Journal(folder)
    number = log.plan(wish())
    assert states(folder) == ["planned"]
    log.sending(number)
    assert states(folder) == ["planned", "sent"]
    log.end(number, end, words="so it was")

    assert states(folder) == ["planned", "sent", end]
    assert (log.write(number).state, log.write(number).data, log.write(number).open) == (
        end,
        {"words": "so it was"},
        False,
    )


PRAGMAS = {"application_id": 0x75634A4C, "user_version": 1, "journal_mode": "wal", "synchronous": 2}


def test_a_log_says_what_it_is_and_is_on_disk_with_every_step(folder):
    log = Journal(folder)

    assert {name: log._db.execute(f"PRAGMA {name}").fetchone()[0] for name in PRAGMAS} == PRAGMAS


MIDNIGHT = 20_000 * 86_400_000


@pytest.mark.parametrize(
    ("planned", "now", "today", "fresh"),
    [
        (MIDNIGHT, MIDNIGHT + 100_000, 1, 1),
        (MIDNIGHT, MIDNIGHT + 100_001, 1, 0),
        (MIDNIGHT - 1, MIDNIGHT + 99_999, 0, 1),
        (MIDNIGHT - 1, MIDNIGHT + 100_000, 0, 0),
        (MIDNIGHT, MIDNIGHT + 86_399_999, 1, 0),
        (MIDNIGHT, MIDNIGHT + 86_400_000, 0, 0),
    ],
)
def test_a_follow_is_of_its_day_and_fresh_as_long_as_reads_may_lack_it(folder, monkeypatch, planned, now, today, fresh):
    log, seen = Journal(folder), []

    def admit(*found):
        seen.extend(map(len, found))
        raise errors.SafetyRefused("no room")

    monkeypatch.setattr(module, "_now", lambda: planned)
    number = log.plan(wish())
    log.end(number, "confirmed")
    log.release(number)
    monkeypatch.setattr(module, "_now", lambda: now)
    with pytest.raises(errors.SafetyRefused, match="no room"):
        log.plan(wish(), admit, lag=100)

    assert seen == [today, fresh]


def test_letting_go_of_a_write_that_has_ended_or_that_another_has_changes_nothing(folder):
    log = Journal(folder)
    ended, others = log.plan(wish()), log.plan(wish(sent={"n": "2"}))
    log.end(ended, "confirmed")
    log._db.execute("UPDATE writes SET process = 'elsewhere:1:2' WHERE id = ?", (others,))
    log.release(ended)
    log.release(others)

    assert [log.write(number).process for number in (ended, others)] == [this_process(), "elsewhere:1:2"]


@pytest.mark.parametrize(("lag", "alone"), [(1.999, True), (2, False), (60, False)])
@pytest.mark.parametrize(("changed", "always"), [({}, False), ({"account": "another"}, True), ({"origin": "o"}, True)])
def test_a_write_is_alone_when_the_accounts_others_ended_before_the_lag(
    folder, monkeypatch, lag, alone, changed, always
):
    log, times = Journal(folder), iter([10_000, 18_000, 20_000, 20_001])
    monkeypatch.setattr(module, "_now", lambda: next(times))
    log.end(log.plan(wish(sent={"n": "2"}, **changed)), "confirmed")
    number = log.plan(wish())
    log.sending(number)

    assert log.alone(number, lag) is (alone or always)


def test_an_account_is_quiet_when_nothing_is_open_and_reads_show_all_that_it_wrote(folder, monkeypatch):
    log, moment = Journal(folder), [1_000_000]
    monkeypatch.setattr(module, "_now", lambda: moment[0])
    account = ("acme/v1", "https://acme.test", "0123456789abcdef")

    assert log.quiet(*account, lag=2)
    number = log.plan(wish())
    moment[0] += 60_000
    assert not log.quiet(*account, lag=2)
    log.end(number, "confirmed")
    assert not log.quiet(*account, lag=2)
    moment[0] += 2_000
    assert not log.quiet(*account, lag=2)
    moment[0] += 1
    assert log.quiet(*account, lag=2)
    assert not log.quiet(*account, lag=3)
    assert log.quiet(*account[:2], "of another", lag=60)


def test_all_connections_to_a_folder_share_one_log_and_without_a_folder_each_has_its_own(folder):
    log = journal_of(folder)

    assert isinstance(log, Journal)
    assert journal_of(folder) is log
    assert journal_of(None) is not journal_of(None)


def test_a_record_is_not_changed(folder):
    log = Journal(folder)
    record = log.write(log.plan(wish()))

    with pytest.raises(AttributeError, match="immutable"):
        record.state = "confirmed"


def test_a_record_tells_when_it_was_planned_and_when_it_came_to_this(folder, monkeypatch):
    log = Journal(folder)
    before = time.time_ns() // 1_000_000
    number = log.plan(wish())
    assert before <= log.write(number).planned_at <= time.time_ns() // 1_000_000

    monkeypatch.setattr(module, "_now", lambda: before + 10_000)
    log.end(number, "confirmed")

    assert (log.write(number).planned_at < before + 10_000, log.write(number).at) == (True, before + 10_000)


def test_a_log_that_ends_before_its_end_or_elsewhere_says_where(folder):
    written(folder, 1)
    whole, head = (folder / FILE).read_bytes(), (folder / HEAD).read_text()
    changed(folder, "DELETE FROM events WHERE seq = 5", "UPDATE writes SET state = 'planned', data = '{}' WHERE id = 2")
    with pytest.raises(errors.ConfigError, match="entries up to 5 are cut off"):
        Journal(folder)

    (folder / FILE).write_bytes(whole)
    (folder / HEAD).write_text(head.replace(head.split()[1], "0" * 64))
    with pytest.raises(errors.ConfigError, match="entry 5 is not what was written"):
        Journal(folder)


def test_a_write_that_is_given_another_wish_with_its_key_is_found(folder):
    written(folder, 2)
    other = "UPDATE writes SET (intent, intent_key) = (SELECT intent, intent_key FROM writes WHERE id = 2) WHERE id = 1"
    changed(folder, other)

    with pytest.raises(errors.ConfigError, match="write 1 is not the one that was planned"):
        Journal(folder)


def test_writes_that_no_entry_tells_of_are_counted(folder):
    written(folder, 1)
    others = "SELECT id + 10, intent_key || 'x', exchange, origin, account, 'confirmed', 0, process, planned_at, at"
    changed(folder, f"INSERT INTO writes {others}, intent, data FROM writes")

    with pytest.raises(errors.ConfigError, match=" 2 writes have no entry"):
        Journal(folder)


def test_what_can_not_be_noted_is_not_taken_over(folder):
    log = Journal(folder)
    number = log.plan(wish())
    log.release(number)
    log._db.execute("PRAGMA query_only = 1")

    with pytest.raises(errors.SafetyRefused, match="can't be written"):
        log.take_over(number)


def test_a_write_is_read_again_as_it_was_planned(folder):
    number = Journal(folder).plan(wish(amount="50", leader_id="7"))
    record = Journal(folder).write(number)

    assert record.intent == wish(amount="50", leader_id="7")
    assert record.process == this_process()
    assert str(record) == f"write {number} (follow 7 at acme/v1, planned)"


def test_files_of_the_log_are_its_owners_alone(folder):
    log = Journal(folder)
    log.plan(wish())

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert {FILE, HEAD} <= {file.name for file in folder.iterdir()}


@pytest.mark.parametrize("end", ENDS)
def test_a_known_end_stays_what_it_is(folder, end):
    log = Journal(folder)
    number = log.plan(wish())
    log.sending(number)
    log.end(number, end)

    assert not log.end(number, "unknown")
    with pytest.raises(errors.SafetyRefused, match="not sent"):
        log.sending(number)
    assert log.write(number).state == end
    assert log.problem() is None


def test_the_newest_writes_come_first_and_only_those_of_the_account(folder):
    log = Journal(folder)
    numbers = [log.plan(wish(sent={"n": str(n)}, account=account)) for n, account in enumerate("aba")]

    assert [one.id for one in log.writes()] == numbers[::-1]
    assert [one.id for one in log.writes(limit=1)] == numbers[-1:]
    assert [one.id for one in log.writes_of("acme/v1", "https://acme.test", "a")] == [numbers[2], numbers[0]]
    assert log.writes_of("acme/v1", "https://elsewhere.test", "a") == []
    assert log.write(99) is None


def test_who_admits_a_follow_is_told_of_those_that_stand_or_may_stand(folder):
    log, told = Journal(folder), []
    for number, end in enumerate((*ENDS, "unknown", "unresolved")):
        log.end(log.plan(wish(sent={"n": str(number)})), end)
    log.end(log.plan(wish(operation="unfollow")), "confirmed")
    log.plan(wish(account="other"))
    log.plan(wish(), lambda *follows: told.extend([one.state for one in some] for some in follows), lag=60)

    assert told == [["confirmed", "applied", "unknown", "unresolved"]] * 2


def test_what_is_not_admitted_leaves_no_trace(folder):
    log = Journal(folder)

    def refuse(*_):
        raise errors.SafetyRefused("no room")

    with pytest.raises(errors.SafetyRefused, match="no room"):
        log.plan(wish(), refuse)
    assert log.writes() == []
    assert log.plan(wish()) == 1


# -- one open write of an intent --------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", OPEN)
def test_an_open_write_blocks_the_same_intent_and_no_other(folder, state):
    log = Journal(folder)
    number = log.plan(wish())
    if state != "planned":
        log.end(number, state)

    with pytest.raises(errors.SafetyRefused) as caught:
        log.plan(wish())
    assert caught.value.journal_id == number
    assert log.plan(wish(sent={"leader": "8"})) != number


@pytest.mark.parametrize("end", ENDS)
def test_a_write_with_a_known_end_blocks_nothing(folder, end):
    log = Journal(folder)
    number = log.plan(wish())
    log.end(number, end)

    assert log.plan(wish()) != number


def test_two_objects_on_one_folder_let_an_intent_through_once(folder):
    one, other = Journal(folder), Journal(folder)
    one.plan(wish())

    with pytest.raises(errors.SafetyRefused, match="the same follow"):
        other.plan(wish())
    assert one.problem() is None


def test_of_many_threads_one_plans_the_intent(folder):
    log, through, refused = Journal(folder), [], []

    def plan():
        try:
            through.append(log.plan(wish()))
        except errors.SafetyRefused as error:
            refused.append(error)

    threads = [threading.Thread(target=plan) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(through), len(refused)) == (1, 7)


def test_another_process_is_told_that_the_write_is_on_its_way(folder):
    number = Journal(folder).plan(wish())

    refused = in_a_child(lambda: Journal(folder).plan(wish()))
    assert isinstance(refused, errors.SafetyRefused)
    assert "is on its way" in refused.message
    assert refused.journal_id == number


def test_what_a_dead_process_left_open_still_blocks_and_says_what_to_do(folder):
    number = in_a_child(lambda: Journal(folder).plan(wish()))

    with pytest.raises(errors.SafetyRefused, match=r"no known end.*reconcile"):
        Journal(folder).plan(wish())
    assert Journal(folder).take_over(number).id == number


def test_connections_of_one_process_share_the_log_of_a_folder(folder, tmp_path):
    folder.mkdir(0o700)
    (tmp_path / "link").symlink_to(tmp_path)

    assert journal_of(folder) is journal_of(tmp_path / "link" / "state")
    assert journal_of(None) is not journal_of(None)


# -- who settles it ---------------------------------------------------------------------------------------------------


def test_a_write_is_held_until_it_is_released(folder):
    log = Journal(folder)
    number = log.plan(wish())
    assert log.take_over(number) is None
    log.release(number)

    assert log.take_over(number).id == number
    assert log.take_over(number) is None


def test_what_was_released_open_may_be_settled_by_another_process(folder):
    log = Journal(folder)
    number = log.plan(wish())
    log.end(number, "unresolved")
    assert in_a_child(lambda: Journal(folder).take_over(number)) is None
    log.release(number)

    assert in_a_child(lambda: Journal(folder).take_over(number)).state == "unresolved"


def test_a_write_whose_end_is_known_by_now_is_not_settled_again(folder):
    log = Journal(folder)
    number = log.plan(wish())
    log.end(number, "applied")
    log.release(number)

    assert log.take_over(number) is None
    assert log.take_over(99) is None


def test_what_somebody_else_took_over_is_neither_sent_nor_ended_here(folder):
    """As when two machines share a folder and each takes the other's process for dead."""
    log = Journal(folder)
    number = log.plan(wish())
    log.release(number)
    other = Journal(folder)
    changed_hands = in_a_child(lambda: Journal(folder).take_over(number).id)
    assert changed_hands == number

    with pytest.raises(errors.SafetyRefused, match="not sent"):
        log.sending(number)
    assert not log.end(number, "confirmed")
    assert other.write(number).state == "planned"


def test_a_forked_process_goes_on_with_a_connection_of_its_own(folder):
    log = Journal(folder)
    number = log.plan(wish())

    def in_the_child():
        gc.collect()
        with pytest.raises(errors.SafetyRefused, match="on its way"):
            log.plan(wish())
        return log.end(number, "confirmed"), log.plan(wish(sent={"n": "child"}))

    assert in_a_child(in_the_child) == (False, number + 1)
    assert log.end(number, "confirmed")
    assert log.problem() is None
    assert [one.state for one in log.writes()] == ["planned", "confirmed"]
