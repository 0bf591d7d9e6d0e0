"""The profiles file: its owner's alone, exact, and silent about what it holds."""

import os
import traceback

import pytest

from unifiedcopy import Caps, ConfigError
from unifiedcopy.cli.accounts import sources
from unifiedcopy.cli.options import Accounts
from unifiedcopy.cli.output import Output
from unifiedcopy.cli.profiles import load_profiles, profiles_path

GOOD = """
[profiles.main]
venue = "toobit"
api_key = "env:TEST_KEY"
secret = "s3cret-value"
write = "sandbox"
[profiles.other]
venue = "zoomex/v3"
account = "savings"
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "profiles.toml"
    monkeypatch.setenv("UNIFIEDCOPY_PROFILES", str(path))
    monkeypatch.setenv("TEST_KEY", "k3y-value")

    def write(text: str, mode: int = 0o600):
        path.write_text(text)
        path.chmod(mode)
        return path

    return write


def test_profiles_are_read_with_values_from_the_environment(file):
    file(GOOD)

    main, other = load_profiles()

    assert main.credentials == {"api_key": "k3y-value", "secret": "s3cret-value"}
    assert (main.account, main.write, other.account, other.write) == ("main", "sandbox", "savings", None)
    assert "s3cret" not in repr(main)
    assert [profile.name for profile in load_profiles(["other", "other"])] == ["other"]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o660, 0o601])
def test_a_file_that_others_can_read_or_change_is_refused_with_the_cure(file, mode):
    path = file(GOOD, mode)

    with pytest.raises(ConfigError, match=f"chmod 600 {path}"):
        load_profiles()


def test_a_symbolic_link_is_refused(file, tmp_path, monkeypatch):
    link = tmp_path / "link.toml"
    link.symlink_to(file(GOOD))
    monkeypatch.setenv("UNIFIEDCOPY_PROFILES", str(link))

    with pytest.raises(ConfigError, match="symbolic link"):
        load_profiles()


def test_only_a_plain_file_is_read(tmp_path, monkeypatch):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path in (pipe, tmp_path):
        monkeypatch.setenv("UNIFIEDCOPY_PROFILES", str(path))
        with pytest.raises(ConfigError):
            load_profiles()


@pytest.mark.parametrize("text", ['"true"', '"yes"', "1", "0", '"LIVE "', "[true]", "true", '"paper"'])
def test_where_changes_are_allowed_is_an_exact_word_or_an_error(file, text):
    file(f'[profiles.main]\nvenue = "toobit"\nsecret = "s3cret-value"\nwrite = {text}\n')

    with pytest.raises(ConfigError, match='write must be "sandbox", "demo" or "live"'):
        load_profiles()


LIVE = """
[profiles.main]
venue = "toobit"
write = "live"
max_leader_amount = "250"
max_total_amount = "none"
max_daily_amount = 500
max_followings = 3
allowed_leaders = ["1", "2"]
"""


def test_a_live_profile_says_every_cap(file):
    file(LIVE)

    [profile] = load_profiles()

    assert profile.caps == Caps(
        max_leader_amount="250", max_daily_amount=500, max_followings=3, allowed_leaders=("1", "2")
    )


@pytest.mark.parametrize(
    "key", ["max_leader_amount", "max_total_amount", "max_daily_amount", "max_followings", "allowed_leaders"]
)
def test_a_live_profile_without_one_of_its_caps_is_refused(file, key):
    file("\n".join(line for line in LIVE.splitlines() if not line.startswith(key)))

    with pytest.raises(ConfigError, match=f'needs every cap; missing.*{key} = "'):
        load_profiles()


@pytest.mark.parametrize(
    "line",
    [
        "max_leader_amount = 250.5",
        'max_leader_amount = "-1"',
        'max_leader_amount = "NaN"',
        'max_followings = "3"',
        "max_followings = true",
        'allowed_leaders = "1"',
        "allowed_leaders = [1]",
        'max_total_amount = "None"',
    ],
)
def test_a_cap_that_is_none_is_refused_and_named(file, line):
    key = line.partition(" ")[0]
    kept = [other for other in LIVE.splitlines() if not other.startswith(key)]
    file("\n".join([*kept, line]))

    with pytest.raises(ConfigError, match=key):
        load_profiles()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[profiles.main]\nvenue = "toobit"\nscret = "s3cret-value"\n', "did you mean 'secret'"),
        ('[profiles.main]\nsecret = "s3cret-value"\n', "'venue' is missing"),
        ('[profiles.main]\nvenue = "toobit"\nsecret = 12345678\n', "secret must be text"),
        ('[profiles.main]\nvenue = "toobit"\nsecret = ""\n', "secret must be text"),
        ('[profiles.main]\nvenue = "toobit"\nsecret = "env:NOT_SET_ANYWHERE"\n', "NOT_SET_ANYWHERE is not set"),
        ('[main]\nsecret = "s3cret-value"\n', r"\[profiles.NAME\]"),
        ("profiles = 3\n", r"\[profiles.NAME\]"),
        ("", "no profiles"),
        ('[profiles.main]\nsecret = "s3cret-value\n', "not TOML"),
    ],
)
def test_what_is_wrong_is_named_and_no_value_shown(file, text, told):
    file(text)

    with pytest.raises(ConfigError, match=told) as caught:
        load_profiles()
    assert "s3cret" not in str(caught.value)
    assert "1234" not in str(caught.value)


def locals_told(error: BaseException) -> str:
    """What a traceback tells that lists the locals of our frames."""
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    return str([frame.locals for frame in trace.stack if "/unifiedcopy/" in frame.filename])


@pytest.mark.parametrize(
    "text",
    [
        '[main]\nsecret = "s3cret-value"\n',
        '[profiles]\nmain = 3\nother = { secret = "s3cret-value" }\n',
        '[profiles.main]\nsecret = "s3cret-value"\n',
        '[profiles.main]\nvenue = "toobit"\nsecret = "s3cret-value"\nwrite = 1\n',
        '[profiles.main]\nvenue = "toobit"\nsecret = "s3cret-value"\npassphrase = 7\n',
        '[profiles.main]\napi_key = "env:TEST_KEY"\nsecret = "s3cret-value"\n',
    ],
)
def test_a_traceback_with_locals_shows_no_secret_of_a_wrong_file(file, text):
    file(text)
    with pytest.raises(ConfigError) as caught:
        load_profiles()

    assert "***" in locals_told(caught.value)
    assert "s3cret-value" not in locals_told(caught.value)
    assert "k3y-value" not in locals_told(caught.value)


def test_a_traceback_with_locals_shows_no_secret_of_the_environment(monkeypatch):
    monkeypatch.setenv("UNIFIEDCOPY_TOOBIT_SECRET", "s3cret-value")
    (source,) = sources(Accounts(venue="toobit", base_url="https://api.elsewhere.example"))

    with pytest.raises(ConfigError) as caught:
        source.connect(Output())
    assert "***" in locals_told(caught.value)
    assert "s3cret-value" not in locals_told(caught.value)


def test_a_missing_file_and_a_missing_name_are_told(file, monkeypatch):
    with pytest.raises(ConfigError, match="no profiles file at"):
        load_profiles()
    file(GOOD)
    with pytest.raises(ConfigError, match="did you mean 'main'"):
        load_profiles(["mian"])


def test_the_file_stands_in_the_users_configuration_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("UNIFIEDCOPY_PROFILES", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    assert profiles_path().parts[-2:] == ("unifiedcopy", "profiles.toml")
