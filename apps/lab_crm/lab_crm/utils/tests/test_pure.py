"""Names, tokens, statuses: without a site."""

import base64
from types import SimpleNamespace

import pytest
import time_machine

from lab_crm.utils import names, tokens, workflow


@pytest.fixture(autouse=True)
def secret(monkeypatch):
	"""The secret of a site."""
	monkeypatch.setattr(tokens, "get_encryption_key", lambda: "a secret of the tests")


def test_names_are_readable_and_of_the_asked_length():
	made = {names.random_name("PAT") for _ in range(500)}
	assert len(made) == 500
	for name in made:
		prefix, _dash, tail = name.partition("-")
		assert prefix == "PAT" and len(tail) == 8 and set(tail) <= set(names.ALPHABET)
	assert len(names.random_name("EVT", 12)) == len("EVT-") + 12


def test_no_letter_of_a_name_is_misread():
	assert len(set(names.ALPHABET)) == 32
	assert not set("ILOU") & set(names.ALPHABET)


@pytest.mark.parametrize("name", ["BKG-7K3QF2MA", "имя.с.точками", "a"])
def test_a_token_opens_its_document(name):
	token = tokens.issue("booking", name, 1)
	assert tokens.read("booking", token) == name
	assert token.replace("-", "").replace("_", "").replace(".", "").isalnum(), "a link must not need quoting"


def test_a_token_ends():
	with time_machine.travel(1_800_000_000, tick=False) as clock:
		token = tokens.issue("booking", "BKG-1", 2)
		clock.shift(2 * tokens.DAY)
		assert tokens.read("booking", token) == "BKG-1"
		clock.shift(1)
		assert tokens.read("booking", token) is None


def test_a_token_of_one_kind_opens_no_other():
	assert tokens.read("recall", tokens.issue("booking", "BKG-1", 1)) is None


def test_a_token_of_another_site_opens_nothing(monkeypatch):
	token = tokens.issue("booking", "BKG-1", 1)
	monkeypatch.setattr(tokens, "get_encryption_key", lambda: "another secret")
	assert tokens.read("booking", token) is None


def test_any_altered_character_spoils_a_token():
	token = tokens.issue("booking", "BKG-7K3QF2MA", 1)
	for place, letter in enumerate(token):
		other = "A" if letter != "A" else "B"
		altered = token[:place] + other + token[place + 1 :]
		# The last character of a base-64 text may carry unused bits.
		same = letter != "." and place == len(token) - 1 and _bytes(altered) == _bytes(token)
		assert same or tokens.read("booking", altered) is None, place


@pytest.mark.parametrize(
	"token", ["", ".", "..", "a.b", "a.b.c", "я.я", "A" * 5000, "A" * 5000 + ".A", None, 5, "%00.%00"]
)
def test_what_is_no_token_opens_nothing(token):
	assert tokens.read("booking", token) is None


def _bytes(token: str) -> list[bytes]:
	return [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")]


class Guarded:
	"""What Frappe's documents do with their workflow."""

	asked = 0

	def validate_workflow(self):
		self.asked += 1


class Document(workflow.SystemMoves, Guarded):
	"""A document whose status a workflow guards."""

	def __init__(self):
		self.flags = SimpleNamespace(system_move=False)
		self.status, self.saved = "Booked", []

	def update(self, fields):
		self.__dict__.update(fields)

	def save(self, **given):
		self.validate_workflow()
		self.saved.append(given)


def test_a_person_meets_the_workflow_and_the_system_does_not():
	doc = Document()
	doc.save()
	assert doc.asked == 1
	workflow.system_move(doc, "Cancelled", cancel_reason="по просьбе")
	assert doc.asked == 1
	assert (doc.status, doc.cancel_reason, len(doc.saved)) == ("Cancelled", "по просьбе", 2)
