"""``python -m unifiedcopy.cli``."""

from . import main

main()
