"""The check of a paid request against its model's input schema, as strict as the live one.

Known peculiarities of the live check are kept: a scalar sent to an array input is silently dropped (and the
job still charged), and an array's `min` is not enforced while its `max` is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.scenario.catalogue import Model
from sandbox.scenario.values import Json, Refusal, as_list, as_number, as_object, plain, texts


class Lookups(Protocol):
    """What the check asks of the studio."""

    def model_type(self, model_id: str) -> str | None:
        """The type of a model, None when there is no such model."""
        ...

    def model_problem(self, model_id: str) -> str | None:
        """Why a known model cannot be used."""
        ...

    def take_file(self, text: str, rule: Json) -> str:
        """The asset id behind an asset id or a data URL; raises Refusal when the rule forbids it."""
        ...


@dataclass
class Checked:
    """An accepted request: the inputs that count, and the names that were silently dropped."""

    inputs: Json
    dropped: list[str] = field(default_factory=list[str])


class Check:
    """One check of one body."""

    def __init__(self, model: Model, lookups: Lookups, *, strict: bool = True) -> None:
        self._model = model
        self._lookups = lookups
        self._strict = strict
        self._types: dict[str, Callable[[Json, Any], Any]] = {
            "string": self._string,
            "number": self._number,
            "integer": self._integer,
            "boolean": self._boolean,
            "file": self._file,
            "model": self._one_model,
            "file_array": self._files,
            "string_array": self._strings,
            "number_array": self._numbers,
            "model_array": self._models,
            "inputs_array": self._objects,
        }

    def run(self, body: Any) -> Checked:
        """The accepted inputs; Refusal(400 or 404) with the reason otherwise."""
        given = as_object(body)
        if given is None:
            raise Refusal(400, "Body must be a JSON object")
        inputs, dropped = self._fields(self._model.inputs, given)
        for one, other in self._model.behavior.exclusive:
            if _defined(inputs, one) and _defined(inputs, other):
                raise Refusal(400, f"Inputs {one} and {other} cannot be used together")
        return Checked(inputs, dropped)

    def _fields(self, rules: list[Json], given: Json) -> tuple[Json, list[str]]:
        named = {str(rule["name"]): rule for rule in rules}
        accepted: Json = {}
        dropped: list[str] = []
        for name, value in given.items():
            rule = named.get(name)
            if rule is None:
                if self._strict:
                    raise Refusal(400, f"Input {name} is not supported by this model")
                continue
            if str(rule["type"]).endswith("_array") and not isinstance(value, list):
                dropped.append(name)
                continue
            check = self._types.get(rule["type"])
            # A type of tomorrow is taken as it comes.
            accepted[name] = check(rule, value) if check else value
        for name, rule in named.items():
            if not _defined(accepted, name):
                usual = rule.get("default") not in (None, "", []) and "when" in (
                    as_object(rule.get("required")) or {}
                )
                _demand(name, None if usual else rule.get("required"), accepted)
        return accepted, dropped

    def _string(self, rule: Json, value: Any) -> str:
        name = rule["name"]
        if not isinstance(value, str):
            raise Refusal(400, f"Input {name} must be a string")
        _bounds(name, len(value), rule.get("minLength"), rule.get("maxLength"), "characters long")
        # An empty text means "not set", so it need not be one of the choices.
        if value:
            _allowed(rule, value)
        return value

    def _number(self, rule: Json, value: Any) -> float:
        name = rule["name"]
        number = as_number(value)
        if number is None:
            raise Refusal(400, f"Input {name} must be a number")
        _bounds(name, number, rule.get("min"), rule.get("max"))
        step = as_number(rule.get("step"))
        if self._strict and step and not _on_step(number, step, rule.get("min")):
            raise Refusal(400, f"Input {name} must be a multiple of {plain(step)}")
        _allowed(rule, number)
        return number

    def _integer(self, rule: Json, value: Any) -> float:
        number = self._number(rule, value)
        if number != int(number):
            raise Refusal(400, f"Input {rule['name']} must be an integer")
        return number

    def _boolean(self, rule: Json, value: Any) -> bool:
        if not isinstance(value, bool):
            raise Refusal(400, f"Input {rule['name']} must be a boolean")
        return value

    def _file(self, rule: Json, value: Any) -> str:
        if not isinstance(value, str) or not value:
            raise Refusal(400, f"Input {rule['name']} must be an asset id or a data URL")
        return self._lookups.take_file(value, rule)

    def _one_model(self, rule: Json, value: Any) -> str:
        name = rule["name"]
        if not isinstance(value, str) or not value:
            raise Refusal(400, f"Input {name} must be a model id")
        _bounds(name, len(value), rule.get("minLength"), rule.get("maxLength"), "characters long")
        self._check_models(rule, [value])
        return value

    def _files(self, rule: Json, value: Any) -> list[str]:
        return [self._file(rule, item) for item in _items(rule, value)]

    def _strings(self, rule: Json, value: Any) -> list[str]:
        items = texts(_items(rule, value))
        if items is None:
            raise Refusal(400, f"Input {rule['name']} must be an array of strings")
        for item in items:
            _allowed(rule, item)
        return items

    def _numbers(self, rule: Json, value: Any) -> list[float]:
        items = _items(rule, value)
        for item in items:
            number = as_number(item)
            if number is None:
                raise Refusal(400, f"Input {rule['name']} must be an array of numbers")
            _bounds(rule["name"], number, None, rule.get("max"))
        return items

    def _models(self, rule: Json, value: Any) -> list[str]:
        items = texts(_items(rule, value))
        if items is None:
            raise Refusal(400, f"Input {rule['name']} must be an array of model ids")
        self._check_models(rule, items)
        return items

    def _objects(self, rule: Json, value: Any) -> list[Json]:
        accepted: list[Json] = []
        for item in _items(rule, value):
            given = as_object(item)
            if given is None:
                raise Refusal(400, f"Input {rule['name']} must be an array of objects")
            accepted.append(self._fields(rule.get("inputs") or [], given)[0])
        return accepted

    def _check_models(self, rule: Json, ids: list[str]) -> None:
        types: list[str] | None = rule.get("modelTypes")
        found = {model_id: self._lookups.model_type(model_id) for model_id in ids}
        for model_id, kind in found.items():
            if kind is None:
                raise Refusal(404, f"Model {model_id} not found")
        wrong = [model_id for model_id, kind in found.items() if types and kind not in types]
        if wrong:
            allowed = ", ".join(types or [])
            raise Refusal(400, f"Invalid model(s): {', '.join(wrong)}.\nAllowed model types: {allowed}")
        for problem in map(self._lookups.model_problem, ids):
            if problem:
                raise Refusal(400, problem)


def _items(rule: Json, value: Any) -> list[Any]:
    items = as_list(value) or []
    _bounds(rule["name"], len(items), rule.get("minLength"), rule.get("maxLength"), "items long")
    return items


def _bounds(name: str, size: float, low: Any, high: Any, unit: str = "") -> None:
    tail = f" {unit}" if unit else ""
    if high is not None and size > high:
        raise Refusal(400, f"Input {name} must be at most {plain(high)}{tail}")
    if low is not None and size < low:
        raise Refusal(400, f"Input {name} must be at least {plain(low)}{tail}")


def _on_step(number: float, step: float, low: Any) -> bool:
    # Whether steps count from zero or from `min` is not documented, so either will do.
    starts = (0.0, as_number(low) or 0.0)
    return any(math.isclose((number - at) / step, round((number - at) / step), abs_tol=1e-6) for at in starts)


def _allowed(rule: Json, value: Any) -> None:
    # Types count: "8" is not 8.
    choices = rule.get("allowedValues")
    if choices and not any(type(value) is type(choice) and value == choice for choice in choices):
        if as_number(value) is not None and value in choices:
            return
        listed = ", ".join(str(choice) for choice in choices)
        raise Refusal(400, f"Input {rule['name']} must be one of: {listed}")


def _defined(inputs: Json, name: str) -> bool:
    return name in inputs and inputs[name] not in ("", [], None)


def _demand(name: str, required: Any, inputs: Json) -> None:
    if required is True:
        raise Refusal(400, f"Input {name} is required")
    rules = as_object(required) or {}
    if rules.get("always") is True:
        raise Refusal(400, f"Input {name} is required")
    for other, message in (as_object(rules.get("ifDefined")) or {}).items():
        if _defined(inputs, other):
            raise Refusal(400, f"Input {name} is required. {_message(message)}".rstrip())
    for other, message in (as_object(rules.get("ifNotDefined")) or {}).items():
        if not _defined(inputs, other):
            raise Refusal(400, f"Input {name} is required. {_message(message)}".rstrip())
    when = {"values": rules.get("when")}
    if _condition(as_object(rules.get("conditional")), inputs) or _condition(when, inputs):
        raise Refusal(400, f"Input {name} is required with these inputs")


def _message(rule: Any) -> str:
    fields = as_object(rule)
    if fields is not None:
        return str(fields.get("message") or "")
    return rule if isinstance(rule, str) else ""


def _condition(rule: Json | None, inputs: Json) -> bool:
    values = as_object((rule or {}).get("values"))
    if not rule or not values:
        return False
    met = [name in inputs and inputs[name] in (as_list(wanted) or []) for name, wanted in values.items()]
    return any(met) if rule.get("operator") == "or" else all(met)
