"""The schema language: a venue's API as data, compiled to straight-line code.

``model.py`` is the manual of the language; ``places.py`` finds files; ``document.py``, ``lint/`` and ``load.py`` read
and check them; ``generate.py`` and ``compile.py`` make readers of them.
"""

from .api import Api
from .load import load_file, load_place, load_schema
from .places import schema_ids

__all__ = ["Api", "load_file", "load_place", "load_schema", "schema_ids"]
