"""Arguments of an API call, from a query string, a form or JSON."""

from datetime import date

import pytest
from pydantic import BaseModel, ValidationError

from lab_crm.api.arguments import Codes, Text, model_of, parse


class Person(BaseModel):
	last_name: Text


def search(
	branch: Text, services: Codes, on: date | None = None, length: int = 20, person: Person | None = None
):
	"""A function such as an endpoint wraps."""


MODEL = model_of(search)


def given(**changes):
	return {"branch": "LEN", "services": ["OAK"], **changes}


def error_of(**changes):
	with pytest.raises(ValidationError) as caught:
		parse(MODEL, given(**changes))
	return caught.value.errors()[0]


def test_a_query_string_carries_lists_numbers_dates_and_objects_as_text():
	arguments = parse(
		MODEL,
		given(services='["OAK", "TSH"]', on="2026-11-21", length="5", person='{"last_name": " Тестова "}'),
	)
	assert arguments["services"] == ["OAK", "TSH"]
	assert arguments["on"] == date(2026, 11, 21)
	assert arguments["length"] == 5
	assert arguments["person"].last_name == "Тестова"


def test_a_list_may_come_separated_by_commas():
	assert parse(MODEL, given(services="OAK, TSH,"))["services"] == ["OAK", "TSH"]


def test_an_empty_text_is_a_missing_value():
	assert parse(MODEL, given(on="", length=""))["length"] == 20
	assert error_of(services="")["loc"] == ("services",)


def test_a_text_argument_is_never_read_as_json():
	assert parse(MODEL, given(branch='["LEN"]'))["branch"] == '["LEN"]'


def test_what_is_not_asked_for_is_ignored():
	assert "cmd" not in parse(MODEL, given(cmd="x", utm_source="y"))


def test_a_missing_argument_is_named():
	with pytest.raises(ValidationError) as caught:
		parse(MODEL, {"branch": "LEN"})
	assert caught.value.errors()[0]["type"] == "missing"
	assert caught.value.errors()[0]["loc"] == ("services",)


@pytest.mark.parametrize(
	"changes",
	[
		{"services": "[broken"},
		{"services": [[["OAK"]]]},
		{"services": {"a": 1}},
		{"services": []},
		{"services": ["x"] * 51},
		{"on": "21.11.2026"},
		{"on": "2026-02-30"},
		{"length": "many"},
		{"person": "Тестова"},
		{"person": {"last_name": "x" * 141}},
		{"person": {"last_name": ["x"]}},
	],
)
def test_what_does_not_fit_is_refused_at_its_field(changes):
	assert error_of(**changes)["loc"][0] == next(iter(changes))


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", ["\udfff"], {"last_name": "\x00"}, {"\ud800": "x"}])
def test_text_that_no_database_can_hold_is_refused(value):
	assert error_of(person=value)["type"] == "unusable"


def test_deep_nesting_is_refused():
	nested = []
	for _ in range(50):
		nested = [nested]
	assert error_of(person=nested)["type"] == "unusable"


def test_a_parameter_without_a_type_is_a_mistake_of_ours():
	def untyped(branch):
		"""Its values could not be checked."""

	with pytest.raises(TypeError, match="branch has no type"):
		model_of(untyped)
