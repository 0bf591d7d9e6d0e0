"""``python -m unifiedcopy``: the command."""

from .cli import main

main()
