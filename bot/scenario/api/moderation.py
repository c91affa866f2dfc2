"""Whether an error's words say that a provider refused the content. Pure.

Scenario has no field for it: a moderated generation is a failed job whose error or hint says so in the
provider's own words (skill `scenario-moderation`). This is the one place that reads them.
"""

import re
from typing import Final

_WORDS: Final = re.compile(
    r"""
    \bmoderat(?:ed|ion|or)(?![a-z])
    | \bnsfw\b
    | \b(?:content|safety|usage|acceptable[ ]use)[ _-]?
      (?:polic|guideline|violation|filter|check|system|setting)
    | \bsafety[ ]reasons\b
    | \bsensitive[ _]?(?:content|information|word|material|topic|subject)
    | \b\w*sensitivecontent\w*
    | \bviolat\w*\b .* \b(?:polic|guideline|terms|rules|practices)
    | \bresponsible[ ]ai\b
    | \b(?:inappropriate|prohibited|disallowed|explicit|harmful|unsafe|offensive)[ _]?
      (?:content|prompt|material|image|input|word)
    | \bflagged\b
    | \brisk[ ]control\b
    | \bcopyright(?:ed)?\b
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def moderated(*words: str | None) -> bool:
    """True when one of these sentences tells of refused content."""
    return any(word is not None and _WORDS.search(word) is not None for word in words)
