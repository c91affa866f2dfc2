"""Words of real providers, and words that only sound like them."""

import pytest

from bot.scenario.api.moderation import moderated


@pytest.mark.parametrize(
    "words",
    [
        "Request blocked by the provider's content policy.",
        "Your request was rejected as a result of our safety system.",
        "NSFW content detected",
        "Content Moderated",
        "Request Moderated",
        "The prompt violates our usage guidelines",
        "Unable to show generated images: violated Google's Responsible AI practices",
        "OutputImageSensitiveContentDetected",
        "The input may contain sensitive information",
        "Your prompt was flagged",
        "Failure to pass the risk control system",
        "prompt failed safety check",
        "moderation_blocked: try another model",
        "may violate copyright restrictions",
        "Prohibited content",
    ],
)
def test_refused_content(words: str) -> None:
    assert moderated(None, words)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "The model provider returned an error while generating.",
        "Try again in a moment, or choose another model.",
        "Out of memory under moderate load",
        "Names are case-sensitive",
        "Input width must be a multiple of 16",
        "Internal server error",
    ],
)
def test_other_failures(words: str) -> None:
    assert not moderated(words, None)
