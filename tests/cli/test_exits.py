"""One exit code for each kind of ending, and words for what is known."""

import pytest

from unifiedcopy import errors
from unifiedcopy.cli.exits import ADVICE, TABLE, Exit, Usage, advice, exit_code, outcome_in_words


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Usage("x"), 2),
        (errors.ArgumentsRequired("x"), 2),
        (errors.BadRequest("x"), 2),
        (errors.BadSymbol("x"), 2),
        (errors.ConfigError("x"), 4),
        (errors.SchemaError("x"), 4),
        (errors.AuthenticationError("x", outcome="rejected"), 4),
        (errors.AccountNotEnabled("x", outcome="rejected"), 4),
        (errors.BadRequest("x", outcome="rejected"), 5),
        (errors.NotSupported("x"), 5),
        (errors.ApiRetired("x", outcome="rejected"), 5),
        (errors.InsufficientFunds("x", outcome="rejected"), 5),
        (errors.PositionConflict("x", outcome="rejected"), 5),
        (errors.InvalidNonce("x", outcome="rejected"), 5),
        (errors.OutcomeUnknown("x"), 6),
        (errors.RateLimitExceeded("x", outcome="rejected"), 7),
        (errors.DDoSProtection("x", outcome="unknown"), 7),
        (errors.ExchangeNotAvailable("x"), 7),
        (errors.RequestTimeout("x", outcome="unknown"), 7),
        (errors.OperationFailed("x", outcome="unknown"), 7),
        (errors.SchemaDrift("x", outcome="unknown"), 8),
        (errors.BadResponse("x", outcome="unknown"), 8),
        (errors.SafetyRefused("x"), 9),
        (KeyboardInterrupt(), 130),
        (RuntimeError("x"), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_each_error_has_its_code(error, code):
    assert exit_code(error) == code


def test_every_error_of_the_library_has_a_code_of_its_own_kind():
    """No typed error ends as "internal error"."""

    def below(kind):
        return [kind, *(found for child in kind.__subclasses__() for found in below(child))]

    plain = [
        kind for kind in below(errors.UnifiedCopyError) if kind not in (errors.UnifiedCopyError, errors.PartialResult)
    ]

    assert [kind for kind in plain if exit_code(kind("x")) is Exit.INTERNAL] == []
    assert [kind for kind in plain if not advice(kind("x")) and not issubclass(kind, errors.SafetyRefused)] == [
        errors.ExchangeError,
        *[kind for kind in plain if kind.__name__ in NO_ADVICE],
    ]


NO_ADVICE = {"OperationRejected", "LeaderUnavailable", "LeaderFull", "AlreadyFollowing", "OperationFailed"}


@pytest.mark.parametrize("table", [TABLE, ADVICE])
def test_no_line_of_a_table_is_hidden_by_one_above(table):
    kinds = [kind for kind, _ in table]

    assert [kind for place, kind in enumerate(kinds) if issubclass(kind, tuple(kinds[:place]))] == []


def test_the_outcome_is_told_in_words():
    unknown = errors.RequestTimeout("x", outcome="unknown")

    assert outcome_in_words(errors.BadRequest("x")) == "nothing was sent"
    assert outcome_in_words(errors.BadRequest("x", outcome="rejected")) == "the venue refused; nothing was done"
    assert outcome_in_words(unknown) == "nothing was changed: this only reads"
    assert outcome_in_words(unknown, "`unifiedcopy positions`").startswith(
        "NOT KNOWN whether the venue acted: look with"
    )
