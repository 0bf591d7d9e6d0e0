"""The schema language: a venue's API as data, compiled to straight-line code.

``model.py`` is the manual of the language, ``load.py`` and ``lint.py`` read and check files, ``generate.py`` and
``compile.py`` make readers of them.
"""

from .load import Api, load_file, load_schema, schema_ids

__all__ = ["Api", "load_file", "load_schema", "schema_ids"]
