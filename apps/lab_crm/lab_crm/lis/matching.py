"""Whose a result is: by our order number, then the laboratory's, then the tube's barcode, and never by name.

Pure but for `match`, `aliases_of` and `card_of`. Whatever does not fit together is left to people: a result
is attached to nobody rather than to somebody else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import frappe
from frappe import _

from lab_crm.laboratory import orders
from lab_crm.laboratory.orders import Candidate
from lab_crm.lis.hl7.build import AUTHORITY
from lab_crm.lis.hl7.datatypes import Identifier
from lab_crm.lis.hl7.oru import OrderGroup, PatientIds
from lab_crm.patients import merging

SNILS = ("SNILS", "1.2.643.100.3")
OUR_NUMBERS = "PAT-"


@dataclass(frozen=True, slots=True)
class Match:
	"""The order a group belongs to, or why none was found (a translated sentence)."""

	order: Candidate | None = None
	reason: str = ""


def match(groups: Sequence[OrderGroup], connection: str | None) -> list[Match]:
	"""Return the match of every group of a message, with at most two queries.

	Args:
		groups: as they stand in the message.
		connection: the LIS Connection it came by: numbers of one laboratory say nothing about another's.
	"""
	found = orders.candidates(
		{group.placer for group in groups} - {""},
		{group.filler for group in groups} - {""},
		{code for group in groups for code in group.specimens},
	)
	aliases = aliases_of([group.patient for group in groups], found)
	return [match_one(group, found, connection, aliases) for group in groups]


def aliases_of(people: Iterable[PatientIds], found: Iterable[Candidate]) -> dict[str, str]:
	"""Return card → the card it was merged into, for numbers in a message that are of no candidate."""
	strange = {number for person in people for number in patients_of(person)}
	strange -= {candidate.patient for candidate in found}
	return merging.survivors(strange) if strange else {}


def match_one(
	group: OrderGroup,
	found: Iterable[Candidate],
	connection: str | None,
	aliases: Mapping[str, str] | None = None,
) -> Match:
	"""Return the match of one group among candidates."""
	named = [
		("placer", [each for each in found if group.placer and each.placer_number == group.placer]),
		("filler", [each for each in found if _has_filler(each, group.filler, connection)]),
		("barcode", [each for each in found if each.barcode and each.barcode in group.specimens]),
	]
	named = [(by, {each.name: each for each in candidates}) for by, candidates in named if candidates]
	if not named:
		return Match(reason=_unknown(group))
	if any(len(candidates) > 1 for _by, candidates in named):
		return Match(reason=_("Its numbers fit several orders"))
	names = {name for _by, candidates in named for name in candidates}
	if len(names) > 1:
		return Match(reason=_("Its numbers name different orders: {0}").format(", ".join(sorted(names))))
	order = next(iter(named[0][1].values()))
	contradiction = contradicts(group.patient, order, aliases)
	return Match(reason=contradiction) if contradiction else Match(order)


def contradicts(person: PatientIds, order: Candidate, aliases: Mapping[str, str] | None = None) -> str:
	"""Return why the person in a message cannot be the one of an order; empty when nothing speaks against it.

	A surname may change and be written otherwise, so names prove nothing.

	Args:
		person: as the message describes them.
		order: the order in question.
		aliases: card → the card it was merged into.
	"""
	ours = {(aliases or {}).get(number, number) for number in patients_of(person)}
	if ours and order.patient not in ours:
		return _("Order {0} is of another patient: the message names {1}").format(
			order.name, ", ".join(sorted(ours))
		)
	numbers = snils_of(person)
	if numbers and order.snils and _digits(order.snils) not in numbers:
		return _("Order {0} is of a patient with another SNILS").format(order.name)
	if person.birth_date and order.birth_date and person.birth_date != order.birth_date:
		return _("Order {0} is of a patient with another birth date").format(order.name)
	return ""


def patients_of(person: PatientIds) -> set[str]:
	"""Return our patient numbers in a message."""
	return {each.value for each in person.identifiers if _is_ours(each)}


def snils_of(person: PatientIds) -> set[str]:
	"""Return the SNILS numbers in a message, digits only."""
	return {_digits(each.value) for each in person.identifiers if each.authority in SNILS}


def card_of(person: PatientIds) -> str | None:
	"""Return the one card that the numbers of a person name, as it is after earlier merges."""
	named = frappe.get_all("Patient", {"name": ("in", list(patients_of(person)))}, pluck="name")
	if not named and (numbers := snils_of(person)):
		dashed = [f"{each[:3]}-{each[3:6]}-{each[6:9]} {each[9:]}" for each in numbers]
		named = frappe.get_all("Patient", {"snils": ("in", [*numbers, *dashed])}, pluck="name")
	cards = {merging.survivor_of(name) for name in named}
	return cards.pop() if len(cards) == 1 else None


def _has_filler(order: Candidate, filler: str, connection: str | None) -> bool:
	if not filler or order.filler_number != filler:
		return False
	return not connection or not order.lis_connection or order.lis_connection == connection


def _is_ours(number: Identifier) -> bool:
	return number.authority == AUTHORITY or (not number.authority and number.value.startswith(OUR_NUMBERS))


def _digits(text: str) -> str:
	return "".join(filter(str.isdecimal, text))


def _unknown(group: OrderGroup) -> str:
	numbers = list(filter(None, (group.placer, group.filler, *group.specimens)))
	if not numbers:
		return _("It names neither an order nor a specimen")
	return _("There is no order or specimen {0}").format(", ".join(dict.fromkeys(numbers)))
