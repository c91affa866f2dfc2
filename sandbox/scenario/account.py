"""The account: one team with one project, its limits and what it used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.scenario.values import Json, iso

if TYPE_CHECKING:
    from sandbox.scenario.studio import Studio

TEAM_ID = "team_sandbox"
PROJECT_ID = "proj_sandbox"
PLAN_NAMES = {
    "free": "free",
    "starter": "essential",
    "pro": "cu-pro",
    "max": "cu-max",
    "enterprise": "enterprise",
}
"""Our plan words as the API names them on a team."""
BEGAN = "2026-01-05T08:00:00.000Z"
DAY = 86_400.0


def team(studio: Studio) -> Json:
    """The team as `GET /teams` lists it."""
    return {
        "id": TEAM_ID,
        "name": "Imagine HQ",
        "type": "shared",
        "plan": PLAN_NAMES[studio.options.plan],
        "projects": [{"id": PROJECT_ID, "name": "Imagine", "createdAt": BEGAN, "updatedAt": BEGAN}],
        "context": {"invitationsCount": 0, "keysCount": 1, "userRole": "key", "usersCount": 3},
        "createdAt": BEGAN,
        "updatedAt": BEGAN,
    }


def project(studio: Studio) -> Json:
    """The project as `GET /projects` lists it."""
    return {
        "id": PROJECT_ID,
        "name": "Imagine",
        "teamId": TEAM_ID,
        "privacyMode": True,
        "keys": [],
        "users": [],
        "consumption": studio.spent(),
        "createdAt": BEGAN,
        "updatedAt": BEGAN,
    }


def limits(studio: Studio) -> Json:
    """`GET /teams/{id}/limits`: ceilings, the period, and what was used of it."""
    now = studio.clock.now()
    options = studio.options
    return {
        "plan": PLAN_NAMES[options.plan],
        "period": {"start": iso(now - 10 * DAY), "end": iso(now + 20 * DAY)},
        "limits": {
            "creativeUnits": options.creative_units,
            "parallelCustomJobs": options.parallel,
            "parallelInferences": 5,
            "parallelWorkflowRuns": options.parallel_workflows,
            "parallelTraining": 1,
            "inferenceBatchSize": 16,
            "minCooldown": 0,
            "maxCooldown": 0,
            "scalingFactor": 1,
            "apiKeys": 10,
            "projects": 10,
            "seats": 5,
            "defaultSeats": 5,
            "models": 100,
            "collections": 100,
            "upload": 100,
            "downloadAssets": 1000,
            "downloadModel": 10,
            "maxTrainingDatasets": 10,
            "canvasAssets": 100,
            "canvasAssetLayers": 100,
            "premiumGenerationSamples": 16,
            "snapshotsRetention": 30,
            "OTPSessions": 1,
        },
        "values": {
            "creativeUnits": studio.spent(),
            "apiKeys": 1,
            "canvasAssets": 0,
            "collections": 0,
            "projects": 1,
            "seats": 3,
        },
        "oneShotCreativeUnits": [],
    }


def usage(studio: Studio) -> Json:
    """One series of `GET /usages`: CU per day. A point's value is text, as the API sends it."""
    day = iso(studio.clock.now() // DAY * DAY)
    spent = str(studio.spent())
    return {
        "usageName": "creative-unit-cost",
        "granularity": "1d",
        "points": [{"time": day, "value": spent, "apiKey": spent}],
    }
