"""Holds answers of the sandbox against documented ones: the same keys, of the same types, at any depth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FOLDERS = (HERE.parent / "data", HERE / "data")
"""The library's own answers, and those that only the sandbox needs."""


def documented(api: str, name: str) -> Any:
    """A documented answer or request of an API such as ``acme/v1``, as printed."""
    paths = [folder / api / f"{name}.json" for folder in FOLDERS]
    return json.loads(next((path for path in paths if path.exists()), paths[-1]).read_text())


def differences(got: Any, printed: Any, where: str = "") -> list[str]:
    """What keys are missing or too many, and what is of another type; of rows the first counts."""
    if isinstance(printed, dict) and isinstance(got, dict):
        found = [f"{where}.{name}: missing" for name in printed.keys() - got.keys()]
        found += [f"{where}.{name}: not documented" for name in got.keys() - printed.keys()]
        for name in printed.keys() & got.keys():
            found += differences(got[name], printed[name], f"{where}.{name}")
        return sorted(found)
    if isinstance(printed, list) and isinstance(got, list):
        if not printed or not isinstance(printed[0], dict):
            return []
        return differences(got[0], printed[0], f"{where}[0]") if got else [f"{where}: empty"]
    if type(got) is not type(printed):
        return [f"{where}: {type(got).__name__}, not {type(printed).__name__}"]
    return []
