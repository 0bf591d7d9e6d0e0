"""The credentials of tests. A canary run (``tests/proof/canary.py``) marks them and searches for its marks."""

import os

MARKS = "UNIFIEDCOPY_TEST_MARKS"
"""The variable with the two texts that every credential begins and ends with during a canary run."""


def marked(text: str) -> str:
    """A credential between the marks, if there are any."""
    begin, _, end = os.environ.get(MARKS, "").partition(",")
    return f"{begin}{text}{end}"


KEY, SECRET, PASSPHRASE = marked("the-key"), marked("the-secret"), marked("the-phrase")
