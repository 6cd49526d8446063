"""Arguments of an API call: a pydantic model made from the endpoint's signature."""

import inspect
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import (
	AwareDatetime,
	BaseModel,
	ConfigDict,
	Field,
	StringConstraints,
	ValidationError,
	create_model,
)
from pydantic_core import PydanticCustomError

# A short text of a caller: a code, a name, a search phrase.
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=140)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=140)]
Codes = Annotated[list[Code], Field(min_length=1, max_length=50)]
Token = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
# Far outside any booking, and inside what dates can be reckoned with.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
Moment = Annotated[
	AwareDatetime,
	Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2100, 1, 1, tzinfo=UTC)),
]

MAX_DEPTH = 8


class Arguments(BaseModel):
	"""Base of the argument models; unknown arguments are ignored, so that a link may carry its own marks."""

	model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)


def model_of(function: Callable) -> type[BaseModel]:
	"""Return the model of the function's parameters.

	Raises:
		TypeError: a parameter has no type, so its value could not be checked.
	"""
	hints = get_type_hints(function, include_extras=True)
	fields = {}
	for name, parameter in inspect.signature(function).parameters.items():
		if name not in hints:
			raise TypeError(f"{function.__module__}.{function.__name__}: parameter {name} has no type")
		default = ... if parameter.default is parameter.empty else parameter.default
		fields[name] = (hints[name], default)
	return create_model(f"{function.__name__}_arguments", __base__=Arguments, **fields)


def parse(model: type[BaseModel], given: dict[str, Any]) -> dict[str, Any]:
	"""Return the checked arguments by name.

	Query strings and forms carry only text, so a list or an object may come as JSON (a list also as `A,B`)
	and an empty text stands for a missing value.

	Raises:
		pydantic.ValidationError: what does not fit, argument by argument.
	"""
	values = {}
	for name, field in model.model_fields.items():
		if name in given:
			value = _from_text(given[name], field.annotation)
			_refuse_unusable(name, value)
			if value is not None or field.is_required():
				values[name] = value
	parsed = model.model_validate(values)
	return {name: getattr(parsed, name) for name in model.model_fields}


def _from_text(value: Any, annotation: Any) -> Any:
	if not isinstance(value, str) or _takes_text(annotation):
		return value
	text = value.strip()
	if not text:
		return None
	if text[0] in "[{":
		try:
			return json.loads(text)
		except (ValueError, RecursionError):
			return value
	if _has_origin(annotation, list):
		return [part.strip() for part in text.split(",") if part.strip()]
	return value


def _takes_text(annotation: Any) -> bool:
	return any(_bare(option) is str for option in _options(annotation))


def _has_origin(annotation: Any, origin: type) -> bool:
	return any(get_origin(_bare(option)) is origin for option in _options(annotation))


def _options(annotation: Any) -> tuple:
	"""The members of a union, or the annotation alone."""
	annotation = _bare(annotation)
	if get_origin(annotation) is Union or type(annotation).__name__ == "UnionType":
		return get_args(annotation)
	return (annotation,)


def _bare(annotation: Any) -> Any:
	return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _refuse_unusable(name: str, value: Any) -> None:
	"""Refuse what the database cannot hold.

	Half surrogates and NUL come only from a broken or hostile client, and nothing in the API is nested more
	than a few levels.
	"""
	if not _is_usable(value):
		fault = {"type": PydanticCustomError("unusable", "unusable text"), "loc": (name,), "input": None}
		raise ValidationError.from_exception_data("arguments", [fault])


def _is_usable(value: Any, depth: int = 0) -> bool:
	if depth > MAX_DEPTH:
		return False
	if isinstance(value, str):
		return "\x00" not in value and not any("\ud800" <= char <= "\udfff" for char in value)
	if isinstance(value, dict):
		return all(_is_usable(part, depth + 1) for item in value.items() for part in item)
	if isinstance(value, list):
		return all(_is_usable(item, depth + 1) for item in value)
	return True
