"""Whether an answer has what the venue's own example of it has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "data"


def example(api: str, name: str) -> Any:
    """An answer that the venue's page prints, see ``data/SOURCES.md``."""
    return json.loads((DATA / api / f"{name}.json").read_text("utf-8"))


def lacking(example: Any, answer: Any, at: str = "") -> list[str]:
    """What the example has and the answer hasn't: a key, a type, or a row to look at."""
    if isinstance(example, dict) and isinstance(answer, dict):
        missing = [f"{at}.{key}" for key in example if key not in answer]
        return missing + [
            gap for key in example if key in answer for gap in lacking(example[key], answer[key], f"{at}.{key}")
        ]
    if isinstance(example, list) and isinstance(answer, list):
        if example and not answer:
            return [f"{at}[] is empty"]
        return [gap for row in answer for gap in lacking(example[0], row, f"{at}[]")] if example else []
    return [] if type(example) is type(answer) else [f"{at} is {type(answer).__name__}, not {type(example).__name__}"]
