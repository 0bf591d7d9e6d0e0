"""Venue plugins: what a venue needs beyond its schema files, one folder per venue.

In a wheel the folders are here. In a checkout or an editable install they stand at the top of the repository, so
that folder joins this package's path.
"""

from pathlib import Path

_checkout = Path(__file__).resolve().parents[2] / "exchanges"
if _checkout.is_dir() and not any(
    entry.is_dir() and entry.name != "__pycache__" for entry in Path(__file__).parent.iterdir()
):
    __path__.append(str(_checkout))
