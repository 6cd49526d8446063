"""Whose an unmatched result may be: orders for a person to choose among, each with the reason and what speaks
against it. Nothing here attaches anything.
"""

from dataclasses import asdict, dataclass, field
from datetime import timedelta

import frappe
from frappe import _

from lab_crm.laboratory import orders
from lab_crm.laboratory.orders import Candidate
from lab_crm.lis import matching
from lab_crm.lis.hl7.oru import OrderGroup
from lab_crm.patients import merging
from lab_crm.utils import clock

RECENT = timedelta(days=120)
MOST = 8


@dataclass
class Suggestion:
	"""An order that may be meant: `reason` says why, `against` what contradicts it (empty: nothing)."""

	order: str
	patient: str
	reason: str
	against: str = ""
	patient_name: str = ""
	birth_date: str = ""
	ordered_at: str = ""
	status: str = ""
	services: list[str] = field(default_factory=list)


def for_group(group: OrderGroup) -> list[dict]:
	"""Return suggestions for one group, the likeliest first; only orders the user may read.

	Args:
		group: a part of the message that matched no order.
	"""
	found: dict[str, Suggestion] = {}
	ways = [*_by_numbers(group), *_by_person(group)]
	aliases = matching.aliases_of([group.patient], [candidate for candidate, _reason in ways])
	for candidate, reason in ways:
		against = matching.contradicts(group.patient, candidate, aliases)
		found.setdefault(candidate.name, Suggestion(candidate.name, candidate.patient, reason, against))
	_describe(found)
	named = [each for each in found.values() if each.ordered_at]
	asked = {group.service.code, group.service.text} - {""}
	# Among equals the newest order first: of many namesakes' orders only the first few are shown.
	named.sort(key=lambda each: each.ordered_at, reverse=True)
	named.sort(key=lambda each: (bool(each.against), not asked & set(each.services), each.status == "Ready"))
	return [asdict(each) for each in named[:MOST]]


def candidate(order: str) -> Candidate:
	"""Return an order as `matching.contradicts` wants it.

	Raises:
		frappe.DoesNotExistError: there is no such order.
	"""
	placer = frappe.get_doc("Lab Order", order).placer_number
	return next(each for each in orders.candidates({placer}, set(), set()) if each.name == order)


def _by_numbers(group: OrderGroup) -> list[tuple[Candidate, str]]:
	reasons = {
		_("the order number is the same"): ({group.placer} - {""}, set(), set()),
		_("the laboratory's number is the same"): (set(), {group.filler} - {""}, set()),
		_("the specimen's barcode is the same"): (set(), set(), set(group.specimens)),
	}
	return [(each, reason) for reason, numbers in reasons.items() for each in orders.candidates(*numbers)]


def _by_person(group: OrderGroup) -> list[tuple[Candidate, str]]:
	person = group.patient
	found = []
	numbers = matching.patients_of(person)
	numbers |= set(merging.survivors(numbers).values())
	if numbers:
		found += [
			(each, _("the patient's number is the same")) for each in _orders({"name": ("in", list(numbers))})
		]
	if snils := matching.snils_of(person):
		dashed = [f"{each[:3]}-{each[3:6]}-{each[6:9]} {each[9:]}" for each in snils if len(each) == 11]
		found += [(each, _("SNILS is the same")) for each in _orders({"snils": ("in", [*snils, *dashed])})]
	if person.last_name and person.birth_date:
		same = {"last_name": person.last_name, "birth_date": person.birth_date}
		found += [(each, _("surname and birth date are the same")) for each in _orders(same)]
	return found


def _orders(filters: dict) -> list[Candidate]:
	"""Return the recent orders of the patients that filters find."""
	patients = frappe.get_all("Patient", filters=filters, pluck="name", limit=20)
	if not patients:
		return []
	recent = {"patient": ("in", patients), "ordered_at": (">", clock.now() - RECENT)}
	recent["status"] = ("!=", orders.CANCELLED)
	placers = frappe.get_all(
		"Lab Order", filters=recent, pluck="placer_number", order_by="ordered_at desc", limit=20
	)
	return orders.candidates(set(placers), set(), set())


def _describe(found: dict[str, Suggestion]) -> None:
	"""Fill in what the person at the screen compares; orders the user may not read stay without it."""
	fields = ["name", "patient_name", "ordered_at", "status", "patient"]
	rows = frappe.get_list("Lab Order", filters={"name": ("in", list(found))}, fields=fields) if found else []
	for row in rows:
		each = found[row.name]
		birth_date = frappe.db.get_value("Patient", row.patient, "birth_date")
		services = frappe.get_all("Lab Order Item", filters={"parent": row.name}, pluck="service_name")
		each.patient_name, each.status = row.patient_name or "", row.status
		each.birth_date, each.ordered_at = str(birth_date or ""), str(row.ordered_at)
		each.services = services
