"""Prompt help without I/O: Scenario's own endpoints that write words, read as models.

An endpoint has a few inputs, a dry run, and a job like a model's, so that all that holds for a purchase holds
for it too. One thing is different: its words stand in the answer to the paid POST, beside the job.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from bot.scenario.api import jobs, loose
from bot.scenario.api.errors import NotFound
from bot.scenario.api.exchange import Request
from bot.scenario.api.loose import as_list, as_object
from bot.scenario.api.records import HIDDEN, PROMPT_HELP, Input, Inputs, Json, Model, Submission
from bot.scenario.api.replies import Reply
from bot.vocabulary import HELP_ID

IMPROVE: Final = f"{HELP_ID}improve"
DESCRIBE: Final = f"{HELP_ID}describe"
LONGEST: Final = 4000
"""Characters that are sent; Scenario names no bound of its own."""
_LARGEST_SEED: Final = 2**31 - 1
_SEED: Final = Input(name="seed", type="number", min=0, max=_LARGEST_SEED, step=1)
_SOME_PICTURE: Final = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVQYV2NgYAAAAAMA"
    "AWgmWQ0AAAAASUVORK5CYII="
)
"""One pixel: the example of Scenario's own documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Endpoint:
    path: str
    words: str
    """Where its answer has the words."""
    model: Model
    always: Mapping[str, Json]
    """What each call says beside the inputs."""
    example: Mapping[str, Json]
    """Inputs by which its price is asked for before anybody wants it."""


_ENDPOINTS: Final[Mapping[str, _Endpoint]] = MappingProxyType(
    {
        IMPROVE: _Endpoint(
            path="/generate/prompt",
            words="prompts",
            model=Model(
                id=IMPROVE,
                name="Scenario Prompt",
                type=PROMPT_HELP,
                capabilities=("txt2txt",),
                tags=(HIDDEN,),
                inputs=(
                    Input(
                        name="prompt",
                        type="string",
                        prompt=True,
                        required={"always": True},
                        max_length=LONGEST,
                    ),
                    _SEED,
                ),
            ),
            always={"mode": "completion", "numResults": 1},
            example={"prompt": "a lighthouse"},
        ),
        DESCRIBE: _Endpoint(
            path="/generate/caption",
            words="captions",
            model=Model(
                id=DESCRIBE,
                name="Scenario Caption",
                type=PROMPT_HELP,
                capabilities=("img2txt",),
                tags=(HIDDEN,),
                inputs=(
                    Input(
                        name="images",
                        type="file_array",
                        kind="image",
                        required={"always": True},
                        min_length=1,
                        max_length=1,
                    ),
                    _SEED,
                ),
            ),
            always={"detailsLevel": "action+style"},
            example={"images": [_SOME_PICTURE]},
        ),
    }
)

HELPS: Final[tuple[Model, ...]] = tuple(one.model for one in _ENDPOINTS.values())
"""All that there may be; an account may lack them."""


def names_help(model_id: str) -> bool:
    """Whether an id is that of an endpoint which writes words."""
    return model_id.startswith(HELP_ID)


def model_of(help_id: str) -> Model:
    """The endpoint, read as a model. Raises NotFound."""
    return _endpoint(help_id).model


def build_help(help_id: str, inputs: Inputs, *, dry: bool = False) -> Request:
    """The paid POST, or the same as a dry run. Raises NotFound."""
    one = _endpoint(help_id)
    query = {"dryRun": "true"} if dry else {}
    return Request(method="POST", path=one.path, query=query, body={**one.always, **inputs})


def build_example(help_id: str) -> Request:
    """A dry run that tells whether the account has the endpoint."""
    return build_help(help_id, _endpoint(help_id).example, dry=True)


def parse_help(reply: Reply, help_id: str) -> Submission:
    """What was bought, with the words of the answer. Raises what `jobs.parse_submission` does."""
    bought = jobs.parse_submission(reply)
    told = as_list(as_object(loose.parse(reply.body)).get(_endpoint(help_id).words))
    return replace(bought, text=next(iter(loose.texts(told)), None))


def _endpoint(help_id: str) -> _Endpoint:
    found = _ENDPOINTS.get(help_id)
    if found is None:
        raise NotFound(help_id)
    return found
