"""Every sentence a user reads, by key: what happened, what it cost, what to do next."""

from collections.abc import Mapping
from typing import Final

ENGLISH: Final[Mapping[str, str]] = {
    # -- commands ---------------------------------------------------------------------------------------
    "imagine.description": "Make a picture from words with a Scenario model.",
    "imagine.prompt": "What the picture shows.",
    "imagine.model": "The model to use. Start typing to search.",
    "imagine.aspect_ratio": "The shape of the picture, such as 16:9.",
    "imagine.count": "How many pictures, 1 to 4, where the model can make several.",
    "imagine.seed": "A number that makes the same picture again.",
    "imagine.negative_prompt": "What the picture should not show, where the model knows this.",
    "imagine.private": "Only you see the answer.",
    "imagine.spoiler": "Hide the picture until it is clicked.",
    # -- buttons ----------------------------------------------------------------------------------------
    "button.cancel": "Cancel",
    "button.again": "Again",
    "button.delete": "Delete",
    "button.delete_yes": "Delete it",
    "button.delete_no": "Keep it",
    # -- cards ------------------------------------------------------------------------------------------
    "phase.pending": "Accepted by Scenario",
    "phase.queued": "Queued at Scenario",
    "phase.warming-up": "Scenario is starting the model",
    "phase.in-progress": "Drawing",
    "phase.processing": "Drawing",
    "phase.finalizing": "Finishing",
    "phase.other": "Scenario says: {phase}",
    "phase.checking": "Checking with the model",
    "phase.sending": "Sending to Scenario",
    "phase.uncertain": "Scenario did not answer. Checking whether it has the job before anything is sent again",
    "phase.unreachable": "Scenario cannot be reached. Nothing is charged; trying again",
    "phase.waiting": "Waiting for a free place, number {place} in line",
    "phase.waiting_only": "Waiting for a free place",
    "phase.canceling": "Cancel asked for",
    "card.started": "started {when}",
    "card.asked": "asked {when}",
    "card.canceled": "Canceled",
    "card.canceled_free": "Canceled before anything was charged.",
    "card.canceled_cost": "Scenario canceled the job.",
    "card.failed": "No picture",
    "card.field.model": "Model",
    "card.field.size": "Size",
    "card.field.seed": "Seed",
    "card.field.cost": "Cost",
    "card.field.by": "Asked by",
    "card.field.took": "Took",
    "card.preview_note": "Shown as a smaller copy: the original is over this place's file limit.",
    "card.partial_note": "{shown} of {made} pictures could be fetched.",
    "card.unfetched": "The picture is made and safe at Scenario, but its file could not be fetched.",
    "card.alt": "{prompt} (picture {number} of {count}, made with {model})",
    "card.alt_one": "{prompt} (picture made with {model})",
    "card.moved": "Your /imagine is done. I could not post it where you asked, so here it is.",
    "took.seconds": "{seconds} s",
    "took.minutes": "{minutes} min {seconds} s",
    "cost.cu": "{cu} CU",
    "cost.unknown": "not told by Scenario",
    "cost.none": "Nothing was charged.",
    "cost.refunded": "The {cu} CU came back.",
    "cost.kept": "The {cu} CU did not come back.",
    "cost.refund_unknown": "Scenario does not say whether the {cu} CU came back.",
    "cost.charged": "{cu} CU were charged.",
    # -- failures: what happened, and what to do next; the cost is added by the card -----------------------
    "failure.refused": "{problems}",
    "failure.bad_input": "Scenario did not accept the request: {reason}",
    "failure.plan_locked": "This model needs the {plan} plan of Scenario. Choose another model.",
    "failure.plan_locked_unnamed": "This model needs a larger Scenario plan. Choose another model.",
    "failure.forbidden": "Scenario's key may not use this model. Choose another, or tell whoever runs this bot.",
    "failure.wrong_key": "Scenario does not accept this bot's key. Please tell whoever runs this bot.",
    "failure.out_of_credits": "The Scenario team has no CU left. Please tell whoever runs this bot.",
    "failure.not_found": "Scenario does not know this model. Start typing in the model option to see those it has.",
    "failure.moderated": "The model's provider did not allow this content. Other words or another model may pass.",
    "failure.failed": "Scenario could not finish the job.",
    "failure.try_again": "You can press Again.",
    "failure.no_output": "Scenario finished the job without a picture. You can press Again.",
    "failure.maybe_charged": "Scenario went silent while the job was sent, and cannot say whether it has it. "
    "It may have been charged, so it was not sent again. You can press Again to try anew.",
    "failure.job_lost": "Scenario no longer knows this job. It may have been charged.",
    "failure.no_model": "No model was named, and this bot has no default model. Name one in the model option.",
    "failure.unreachable": "Scenario could not be reached for a while, so this was given up. Try again later.",
    "failure.over_budget": "This would cost {price} CU, and you have used {spent} of your {allowed} CU of the last 24 hours. Choose a smaller request.",
    "failure.over_budget_ever": "This would cost {price} CU, and {allowed} CU in 24 hours is the most. Choose a smaller request.",
    "failure.reason": "Scenario says: {reason}",
    # -- refusals ---------------------------------------------------------------------------------------
    "refusal.unknown_model": "There is no model “{given}”.",
    "refusal.unknown_model_near": "There is no model “{given}”. Did you mean {nearest}?",
    "refusal.model_deprecated": "The model {name} is no longer offered. Choose another one.",
    "refusal.model_deprecated_for": "The model {name} is no longer offered. {detail} takes its place.",
    "refusal.model_not_trained": "The model {name} is not ready: its training is not finished.",
    "refusal.model_needs_base": "The model {name} is a style for another model and cannot run alone yet.",
    "refusal.model_plan": "The model {name} needs a larger Scenario plan. Choose another one.",
    "refusal.member_in_flight": "You have {used} requests under way, and {allowed} is the most. "
    "Come back when one is done.",
    "refusal.member_cu_per_day": "You have used {used} of your {allowed} CU of the last 24 hours.",
    "refusal.come_back": "Come back {when}.",
    "refusal.queue": "{used} requests are waiting already, and {allowed} is the most. Come back in a few minutes.",
    "refusal.not_here": "This bot does not work in this place. Ask whoever runs it to allow this server.",
    "refusal.restarting": "I am restarting. Ask again in a few seconds.",
    "refusal.cannot_post": "I cannot post pictures here: I am missing {missing}. "
    "Ask a moderator to allow it, or use another channel.",
    "refusal.no_such_generation": "There is no such request that you can see.",
    "refusal.not_allowed": "Only <@{owner}> or a moderator can do this.",
    "refusal.too_late": "It is over already: there is nothing left to cancel.",
    "refusal.cannot_cancel": "Scenario does not cancel this one. The picture will still arrive.",
    "refusal.already_asked": "One press was enough: it is on its way.",
    "refusal.scenario_silent": "Scenario does not answer now. Try again in a minute.",
    "refusal.no_default_model": "Name a model: this bot has no default one.",
    "refusal.nothing_charged": "Nothing was charged.",
    # -- problems with one input ------------------------------------------------------------------------
    "problem.unknown": "**{label}**: {model} does not have this.",
    "problem.unknown_offers": "**{label}**: {model} does not have this. It offers {allowed}.",
    "problem.required": "**{label}** is needed.",
    "problem.type": "**{label}**: “{given}” is not of the right kind.",
    "problem.allowed": "**{label}**: “{given}” is not offered. Choose {allowed}.",
    "problem.min": "**{label}**: {given} is too small. The least is {minimum}.",
    "problem.max": "**{label}**: {given} is too large. The most is {maximum}.",
    "problem.step": "**{label}**: {given} is between two steps of {step}. Take {nearest}.",
    "problem.too_short": "**{label}** is too short: {given} of at least {minimum} characters.",
    "problem.too_long": "**{label}** is too long: {given} of at most {maximum} characters.",
    "problem.one_at_a_time": "**{label}**: {model} makes one picture at a time.",
    "problem.nearest": "The nearest is {nearest}.",
    "label.prompt": "prompt",
    "label.count": "count",
    "label.seed": "seed",
    "label.aspect_ratio": "aspect_ratio",
    "label.negative_prompt": "negative_prompt",
    # -- answers to presses -----------------------------------------------------------------------------
    "answer.canceled": "Canceled. Nothing was charged.",
    "answer.cancel_sent": "Cancel asked for. The card shows what comes of it.",
    "answer.delete_sure": "Delete this card for everybody?",
    "answer.delete_sure_private": "Delete this card?",
    "answer.deleted": "Deleted.",
    "answer.kept": "It stays.",
    "answer.cannot_delete": "I cannot delete this message. If only you can see it, use Dismiss below it.",
    "answer.error": "Something went wrong on my side. Nothing was charged by this press. Try again in a minute.",
    "permission.attach_files": "Attach Files",
    "permission.embed_links": "Embed Links",
    "list.or": "{first} or {last}",
}


def say(key: str, /, **facts: object) -> str:
    """The sentence of `key`, with `facts` in its places. An unknown key or a missing fact is our mistake
    and raises KeyError."""
    return ENGLISH[key].format(**facts)


def known(key: str) -> bool:
    """Whether there is a sentence of that key."""
    return key in ENGLISH


def listing(words: list[str]) -> str:
    """"a, b or c"."""
    if len(words) < 2:
        return "".join(words)
    return say("list.or", first=", ".join(words[:-1]), last=words[-1])
