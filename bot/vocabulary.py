"""Words that more than one part of the bot means the same by: media, and Scenario's ids and plans."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Medium(StrEnum):
    """What a request makes."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    THREE_D = "3d"
    TEXT = "text"


MODEL_ID: Final = "model_"
ASSET_ID: Final = "asset_"
WORKFLOW_ID: Final = "wflow_"
JOB_ID: Final = "job_"
"""What Scenario's ids begin with."""
HELP_ID: Final = "help_"
"""What our names of its endpoints begin with that write words (`scenario.api.prompting`)."""

COMPOSITION: Final = "-composition"
"""How the type of a trained model ends that is a mix of others."""

PLAN_LEVELS: Final = MappingProxyType(
    {"free": 0, "starter": 25, "essential": 25, "pro": 50, "max": 75, "enterprise": 100}
)
"""Words in a team's plan (`cu-pro`), on the scale of `accessRestrictions`."""
PLAN_NAMES: Final = MappingProxyType({0: "Free", 25: "Starter", 50: "Pro", 75: "Max", 100: "Enterprise"})
"""What a level of that scale is called."""
