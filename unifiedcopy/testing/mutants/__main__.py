"""The command: how many single changes of a schema its checks notice, and which ones they don't."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ...errors import UnifiedCopyError
from ..cases import CaseFiles
from .trial import Report, Trial

LEAST = 0.95


def main(arguments: list[str] | None = None) -> int:
    """0 when enough is caught, 1 when not, 2 for files that can't be used."""
    asked = _parser().parse_args(arguments)
    reports = []
    for path in asked.files:
        try:
            trial = Trial(CaseFiles(path))
            chosen = trial.mutants if asked.sample is None else trial.sample(asked.sample, asked.seed)
            reports.append(trial.run(chosen))
        except UnifiedCopyError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        sys.stdout.write(
            "".join(f"{line}\n" for line in (reports[-1], *(f"  {name}" for name in reports[-1].survivors)))
        )
        sys.stdout.flush()
    if len(reports) > 1:
        sys.stdout.write(f"{total(reports)}\n")
    return 0 if all(report.share >= asked.least for report in reports) else 1


def total(reports: list[Report]) -> Report:
    """All of them as one."""
    survivors = [f"{report.id} {name}" for report in reports for name in report.survivors]
    return Report(
        "together", sum(report.caught for report in reports), sum(report.all for report in reports), survivors
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m unifiedcopy.testing.mutants", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="schema files (or their case files)")
    parser.add_argument("--sample", type=int, metavar="N", help="only N changes of each schema")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another sample")
    parser.add_argument("--least", type=float, default=LEAST, metavar="SHARE", help=f"what must be caught ({LEAST})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
