"""The conformance kit for authors of schemas: does a schema read its venue's answers right, and send what it must?

``pytest schemas/acme/v1.toml`` runs it (the plugin is installed with the package), ``conformance`` does without
pytest. What a case file says is told in ``cases.py``; what is checked, in ``checks.py``. Whether that is enough,
``python -m unifiedcopy.testing.mutants FILE`` tells, which changes one thing at a time and counts what is noticed.

    from unifiedcopy.testing import CaseFiles, conformance

    for check in conformance(CaseFiles(Path("schemas/acme/v1.toml"))):
        for problem in check.run():
            print(check.name, problem)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cases import CaseFiles as CaseFiles
    from .cases import Cases as Cases
    from .cases import load_cases as load_cases
    from .checks import Check as Check
    from .checks import Problem as Problem
    from .checks import Subject as Subject
    from .checks import checks_of as checks_of
    from .checks import conformance as conformance

_WHERE = {
    **dict.fromkeys(("CaseFiles", "Cases", "load_cases"), "cases"),
    **dict.fromkeys(("Check", "Problem", "Subject", "checks_of", "conformance"), "checks"),
}
__all__ = [*_WHERE]  # noqa: PLE0604 (they are texts)


def __getattr__(name: str) -> Any:
    """Imported when used: pytest loads this package in every run, also in those that hold no schema."""
    if name in _WHERE:
        return getattr(import_module(f".{_WHERE[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
