"""What may be raised that is nobody's trouble: an end that was asked for.

Foreign native code raises things that are no `Exception` (a panic of Rust's is a `BaseException` of its own),
and whatever must live through any trouble has to catch those too. These are not trouble:

    try:
        ...
    except ENDINGS:
        raise
    except BaseException:
        ...
"""

import asyncio
from typing import Final

ENDINGS: Final = (asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit)
"""asyncio's cancellation, and the end of the process or of a generator."""
