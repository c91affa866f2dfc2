"""What stands on a card, as tests ask for it."""

import re

_RATIO = re.compile(r"\d+:\d+")


def facts_in(description: str) -> dict[str, str]:
    """The quiet line of a finished card, in English, by what each part is about."""
    quiet = [line.removeprefix("-# ") for line in description.splitlines() if line.startswith("-# ")]
    if not quiet:
        return {}
    model, *parts = quiet[0].split(" · ")
    found = {"Model": model}
    for part in parts:
        if part.startswith("<@"):
            found["Asked by"] = part
        elif part.endswith(" CU") or part.startswith("cost "):
            found["Cost"] = part
        elif part.startswith(("seed ", "seeds ")):
            found["Seed"] = part.partition(" ")[2]
        elif part.startswith("made in "):
            found["Took"] = part.removeprefix("made in ")
        elif part.endswith(" long"):
            found["Duration"] = part.removesuffix(" long")
        elif _RATIO.fullmatch(part) or "×" in part:
            found["Size"] = " · ".join(one for one in (found.get("Size"), part) if one)
        elif part.isupper():
            found["Format"] = part
        else:
            found["Styles"] = part
    return found
