from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from unifiedcopy.safety.chain import BEGINNING, Head, broken, linked


def chain(states):
    entries, previous = [], BEGINNING
    for seq, state in enumerate(states, 1):
        entries.append(linked(previous, seq, 1, 1_700_000_000_000 + seq, state, "{}"))
        previous = entries[-1].hash
    return entries


STATES = st.lists(st.text(max_size=5), min_size=2, max_size=12)


@given(STATES)
def test_what_was_linked_is_whole_from_the_beginning_and_from_any_entry_on(states):
    entries = chain(states)

    assert broken(entries, BEGINNING) is None
    for start in range(1, len(entries)):
        assert broken(entries[start:], entries[start - 1].hash) is None
        assert broken(entries[start:]) is None


@given(STATES, st.data())
def test_an_entry_that_is_cut_out_moved_or_changed_breaks_it(states, data):
    entries = chain(states)
    place = data.draw(st.integers(0, len(entries) - 2))
    cut = entries[:place] + entries[place + 1 :]
    moved = [*entries[:place], entries[place + 1], entries[place], *entries[place + 2 :]]
    edited = [*entries[:place], entries[place]._replace(state=entries[place].state + "x"), *entries[place + 1 :]]

    for other in (cut, moved, edited):
        assert broken(other, BEGINNING) is not None


def test_a_forged_entry_with_a_hash_of_its_own_breaks_the_next_one():
    first, _, third = chain("abc")
    forged = linked(first.hash, 2, 1, 0, "forged", "{}")

    assert broken([first, forged, third], BEGINNING) == "entry 3 is not what was written"


def test_what_is_missing_is_told_by_its_numbers():
    first, _, _, fourth, *_ = chain("abcde")

    assert broken([first, fourth]) == "entries 2 to 3 are missing"


def test_a_log_that_was_written_once_is_read_for_ever():
    entry = linked(BEGINNING, 1, 2, 1_700_000_000_000, "planned", '{"a":"é"}')

    assert entry.hash == "dd30a079fe24cf182a11d093d2a8608d73e81296dc53326bd42000525bd7dafa"


def test_two_entries_can_not_be_read_as_one():
    assert linked(BEGINNING, 1, 1, 1, "a", "b").hash != linked(BEGINNING, 1, 1, 1, "ab", "").hash


def test_the_end_is_told_as_it_was_noted(tmp_path):
    head = Head(tmp_path / "head")
    assert head.told() is None
    for entry in chain("abc"):
        head.tell(entry)
        assert head.told() == (entry.seq, entry.hash)


def test_the_end_is_noted_in_a_file_of_ones_own_and_through_no_link(tmp_path):
    other = tmp_path / "other"
    other.write_text("precious")
    (tmp_path / "link").symlink_to(other)
    Head(tmp_path / "link").tell(chain("a")[0])
    Head(tmp_path / "head").tell(chain("a")[0])

    assert other.read_text() == "precious"
    assert (tmp_path / "head").stat().st_mode & 0o777 == 0o600


def test_noting_the_end_leaves_no_file_open(tmp_path):
    held = len(list(Path("/proc/self/fd").iterdir()))
    for entry in chain("abcde"):
        Head(tmp_path / "head").tell(entry)

    assert len(list(Path("/proc/self/fd").iterdir())) == held


def test_an_end_that_can_not_be_noted_stops_nothing_and_one_that_is_none_tells_nothing(tmp_path):
    Head(tmp_path / "missing" / "head").tell(chain("a")[0])
    (tmp_path / "head").write_bytes(b"\xff\xfe")
    (tmp_path / "head").chmod(0o600)

    assert Head(tmp_path / "head").told() is None
