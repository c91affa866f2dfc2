"""The page's switches. Each is a setting, a script or a fault that the control API could give as well."""

from typing import Protocol

from sandbox.discord.interactions import Refused
from sandbox.faults import Faults
from sandbox.json import Json
from sandbox.scenario.options import Options
from sandbox.scenario.studio import Studio

SLOW = 20.0
"""Seconds of a job while `slow` is on."""

LIMITED = 4
"""So many edits meet a 429 before `rate_limited` goes off by itself."""

_SCRIPTS: dict[str, Json] = {"failing": {"outcome": "failure"}, "moderated": {"outcome": "moderated"}}
_EDITS: Json = {
    "half": "discord",
    "method": "PATCH",
    "path": "/webhooks/*",
    "kind": "rate_limit",
    "retry_after": 1.5,
    "times": LIMITED,
}


class Place(Protocol):
    """The parts of a sandbox that the switches turn."""

    options: Options
    studio: Studio
    faults: Faults


class Switches:
    """By name: slow, full, failing, moderated, down, rate_limited."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._usual: dict[str, float] = {}
        self._made: dict[str, str] = {}

    def states(self) -> Json:
        """What is on. Whatever was taken back through the control API is off."""
        options = self._place.options
        scripts = {str(one["id"]) for one in self._place.studio.scripts()}
        return {
            "slow": options.seconds >= SLOW,
            "full": options.parallel == 0,
            **{name: self._made.get(name) in scripts for name in _SCRIPTS},
            "down": options.down,
            "rate_limited": self._edits_left() > 0,
        }

    def turn(self, name: str, on: bool) -> None:  # noqa: FBT001 - turn("slow", True) reads well
        """Raises Refused for an unknown name."""
        if name not in self.states():
            raise Refused(404, f"there is no switch {name!r}; there are {', '.join(self.states())}")
        match name:
            case "slow":
                self._set("seconds", SLOW, on=on)
            case "full":
                self._set("parallel", 0, on=on)
            case "down":
                self._place.studio.configure(down=on)
            case "rate_limited":
                self._limit(on=on)
            case _:
                self._script(name, on=on)

    def _set(self, option: str, value: float, *, on: bool) -> None:
        present = getattr(self._place.options, option)
        if on and present != value:
            self._usual[option] = present
        usual = self._usual.get(option, getattr(Options(), option))
        self._place.studio.configure(**{option: value if on else usual})

    def _script(self, name: str, *, on: bool) -> None:
        # One of them at a time: a job takes the first script that matches.
        for each in _SCRIPTS:
            if each in self._made and (on or each == name):
                self._place.studio.clear_scripts(self._made.pop(each))
        if on:
            self._made[name] = str(self._place.studio.script(_SCRIPTS[name])["id"])

    def _limit(self, *, on: bool) -> None:
        old = self._made.pop("rate_limited", None)
        if old is not None and any(one["id"] == old for one in self._place.faults.listing()):
            self._place.faults.remove(old)
        if on:
            self._made["rate_limited"] = str(self._place.faults.add(_EDITS)["id"])

    def _edits_left(self) -> int:
        made = self._made.get("rate_limited")
        mine = [one for one in self._place.faults.listing() if one["id"] == made]
        return LIMITED - int(mine[0]["hits"]) if mine else 0
