"""The wheel's one name. In the wheel bot, cogs and sandbox lie below it, side by side as in the tree.

They import each other by these names, so their folder comes first on the path. In the tree this package is
only the way into the command `imagine`.
"""

import sys
from pathlib import Path


def main() -> None:
    """The bot's command line, whatever else is called bot around here."""
    sys.path.insert(0, str(Path(__file__).parent))
    from bot.cli import main as command

    command()
