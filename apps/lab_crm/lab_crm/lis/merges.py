"""A LIS says that two patients are one (ADT^A40): their cards are merged when both are ours and nothing
contradicts; else the message waits for a person.
"""

import frappe
from frappe import _

from lab_crm.lis import matching
from lab_crm.lis.hl7.merge import Merge, parse
from lab_crm.patients import merging
from lab_crm.utils.errors import Refusal


def take(raw: str, charset: str, message: str) -> tuple[str | None, list[str]]:
	"""Merge the cards that a message names.

	Args:
		raw: the decoded message.
		charset: Python name of the character set it came in.
		message: name of the LIS Message, for the record.

	Returns:
		The last card that stays, and why some could not be merged (translated sentences).

	Raises:
		NotHL7: it does not begin with an MSH segment.
	"""
	merges = parse(raw, charset)
	if not merges:
		return None, [_("The message names no cards to merge (MRG)")]
	patient, reasons = None, []
	for pair in merges:
		survivor, reason = _take(pair, message)
		patient = survivor or patient
		reasons += [reason] if reason else []
	return patient, reasons


def _take(pair: Merge, message: str) -> tuple[str | None, str]:
	survivor, merged = matching.card_of(pair.survivor), matching.card_of(pair.merged)
	if not survivor or not merged:
		missing = pair.merged if survivor else pair.survivor
		numbers = ", ".join(each.value for each in missing.identifiers) or "—"
		return None, _("There is no single card of ours with the numbers {0}").format(numbers)
	if survivor == merged:  # done before, by this message or by a person
		return survivor, ""
	born = frappe.db.get_value("Patient", survivor, "birth_date")
	if pair.survivor.birth_date and born and pair.survivor.birth_date != born:
		return None, _("Card {0} has another birth date than the message").format(survivor)
	try:
		merging.merge(survivor, merged, _("The LIS says that they are one patient: {0}").format(message))
	except Refusal as refusal:
		text = _("Cards {0} and {1} were not merged: {2}. Merge them by hand if they are one person.")
		return None, text.format(survivor, merged, refusal)
	return survivor, ""
