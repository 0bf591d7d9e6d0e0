"""The schema language: a venue's API as data, compiled to straight-line code.

``model.py`` is the manual of the language; ``document.py``, ``lint.py`` and ``load.py`` read and check files;
``generate.py`` and ``compile.py`` make readers of them.
"""

from .api import Api
from .document import schema_ids
from .load import load_file, load_schema

__all__ = ["Api", "load_file", "load_schema", "schema_ids"]
