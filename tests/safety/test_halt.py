import time

import pytest

from unifiedcopy import errors
from unifiedcopy.safety.halt import ALLOWED, FILE, Halt, Halted
from unifiedcopy.schema.verbs import VERBS

STOPPED = {"follow", "call", "lead.set_settings", "lead.set_symbols"}


@pytest.fixture
def halt(folder):
    return Halt(folder)


def test_it_is_off_until_it_is_turned_on_and_holds_in_every_process_that_looks(folder, halt):
    assert halt.state() is None
    halt.check("follow", "acme/v1")
    halted = halt.turn_on("too much")

    assert Halt(folder).state() == halted
    with pytest.raises(errors.SafetyRefused, match=r"kill switch at \d{4}-.*\(too much\).*kill --release") as caught:
        Halt(folder).check("follow", "acme/v1")
    assert (caught.value.outcome, caught.value.exchange) == ("not_sent", "acme/v1")


@pytest.mark.parametrize("operation", sorted(ALLOWED))
def test_ending_and_guarding_stay_allowed(halt, operation):
    halt.turn_on("out")

    halt.check(operation, "acme/v1")


@pytest.mark.parametrize("operation", sorted(STOPPED | {"anything that comes later"}))
def test_whatever_may_add_risk_stops(halt, operation):
    halt.turn_on("out")

    with pytest.raises(errors.SafetyRefused):
        halt.check(operation, "acme/v1")


def test_of_all_writes_these_stop():
    assert {name for name, verb in VERBS.items() if verb.writes} - ALLOWED == STOPPED - {"call"}


def test_it_is_lifted_once(halt):
    halt.turn_on("out")

    assert halt.turn_off()
    assert halt.state() is None
    assert not halt.turn_off()


def test_it_tells_since_when_in_milliseconds_and_is_not_changed(halt):
    before = time.time_ns() // 1_000_000
    halted = halt.turn_on("out")

    assert before <= halted.at <= time.time_ns() // 1_000_000
    with pytest.raises(AttributeError, match="immutable"):
        halted.reason = "in"


def test_a_reason_may_be_long_but_not_endless(halt, folder):
    halt.turn_on("out")
    (folder / FILE).write_bytes(b'{"at":1,"reason":"out"}'.ljust(10_000))
    assert halt.state() == Halted(1, "out")

    (folder / FILE).write_bytes(b'{"at":1,"reason":"out"}'.ljust(10_001))
    assert halt.state().at == 0


@pytest.mark.parametrize("content", [b"", b"{", b'{"at": 1}', b"\xff", b'{"at": 1, "reason": "\xff"}', b"x" * 20_000])
def test_a_switch_that_can_not_be_read_is_on(halt, folder, content):
    folder.mkdir(0o700)
    (folder / FILE).write_bytes(content)
    (folder / FILE).chmod(0o600)

    with pytest.raises(errors.SafetyRefused, match=r"kill switch \(.* can't be read"):
        halt.check("follow", "acme/v1")


def test_a_switch_that_others_may_change_is_on(halt, folder):
    halt.turn_on("out")
    (folder / FILE).chmod(0o666)

    assert "can't be read" in halt.state().reason


def test_a_folder_in_its_place_is_on(halt, folder):
    (folder / FILE).mkdir(parents=True, mode=0o700)

    assert halt.state() is not None


def test_without_a_folder_there_is_none():
    assert Halt(None).state() is None
    Halt(None).check("follow", "acme/v1")
