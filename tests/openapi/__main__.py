"""`python -m tests.openapi --spec PATH`: what the bot and the stand-in Discord say to one another, against
Discord's own specification. PATH, or the variable DISCORD_OPENAPI, names its file `openapi.json`, which is no
part of this project. Exit status 0: nothing to complain of; 1: something; 2: no such file.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests.e2e.process import fresh
from tests.e2e.stage import Stage
from tests.openapi.checking import complaints, documents
from tests.openapi.run import play
from tests.openapi.specification import Json, Specification


async def _recorded() -> list[Json]:
    with tempfile.TemporaryDirectory(prefix="imagine-openapi-") as folder:
        async with Stage(Path(folder), start=fresh) as one:
            records = await play(one)
            broken = await one.violations()
            assert broken == [], broken
            return records


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.openapi", description=__doc__)
    parser.add_argument("--spec", default=os.environ.get("DISCORD_OPENAPI"), help="Discord's openapi.json")
    path: str | None = parser.parse_args().spec
    if not path:
        parser.error("--spec, or DISCORD_OPENAPI, must name Discord's openapi.json")
    try:
        specification = Specification.load(Path(path))
    except (OSError, ValueError, KeyError) as unreadable:
        parser.error(f"{path} cannot be read as a specification: {unreadable!r}")
    records = asyncio.run(_recorded())
    found = complaints(specification, records)
    lines = [*found, f"{documents(records)} documents, {len(found)} complaints"]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
