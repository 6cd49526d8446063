"""The rules of a LIS Connection: what they write out of an order."""

from collections.abc import Callable

from frappe import _

from lab_crm.laboratory.orders import LisItem, LisOrder, LisSpecimen
from lab_crm.lis.hl7 import rules
from lab_crm.lis.hl7.rules import BadPlace, Rule
from lab_crm.utils.errors import Refusal

FIXED = "Fixed Text"
# what each item of an order has for itself
OF_ITEM = (
	"Service Code", "LIS Service Code", "Service Name", "LOINC", "FSLI Code", "Specimen Barcode",
	"Biomaterial Code", "Biomaterial Name",
)  # fmt: skip
Value = Callable[[int | None], str]


def check(doc) -> None:
	"""Raise Refusal when a rule of a LIS Connection names no place, or one that must stay."""
	for row in doc.field_rules:
		try:
			row.place = str(rules.place(row.place))
		except BadPlace as error:
			text = {
				"UNREADABLE": _("Row {0}: {1} is no place in a message; write it like PID-18 or OBR-13.2"),
				"KEPT": _("Row {0}: {1} stays as it is: by it the LIS and we find the order"),
			}[error.reason]
			raise Refusal("BAD_PLACE", text.format(row.idx, row.place), "field_rules") from None
		if row.source == FIXED and not (row.fixed_text or "").strip():
			raise Refusal("NO_TEXT", _("Row {0}: write the text").format(row.idx), "field_rules")


def changed(text: str, profile, message_type: str, data: LisOrder, codes: dict) -> str:
	"""Return a message with the fields that the rules of a connection change.

	Args:
		text: as it was made.
		profile: LIS Connection document.
		message_type: rules may be for one type only.
		data: the order.
		codes: service → its code and name in the LIS.
	"""
	wanted = [row for row in profile.field_rules if row.message_type in (None, "", message_type)]
	if not wanted:
		return text
	sources = _sources(data, codes)
	return rules.apply(text, [Rule(rules.place(row.place), _value(row, sources)) for row in wanted])


def _value(row, sources: dict[str, Value]) -> Value:
	return (lambda _item: row.fixed_text or "") if row.source == FIXED else sources[row.source]


def _sources(data: LisOrder, codes: dict) -> dict[str, Value]:
	"""Return what a rule may write, by the words of its field `source`."""
	person = data.patient
	whole = {
		"Nothing": "",
		"Patient Number": person.name,
		"SNILS": "".join(filter(str.isdecimal, person.snils)),
		"Patient Mobile": person.mobile,
		"Patient Email": person.email,
		"Order Number": data.placer_number,
		"LIS Order Number": data.filler_number,
		"Visit": data.visit or "",
		"Branch": data.branch,
		"Priority": "S" if data.priority == "Urgent" else "R",
		"Order Comment": data.comment,
	}
	tubes = {tube.barcode: tube for tube in data.specimens}
	items = [_of_item(row, codes, tubes.get(row.specimen)) for row in data.items]
	of_items = {key: rules.of_item(items, key) for key in OF_ITEM}
	return {**{key: _always(value) for key, value in whole.items()}, **of_items}


def _always(value: str) -> Value:
	return lambda _item: value


def _of_item(row: LisItem, codes: dict, tube: LisSpecimen | None) -> dict[str, str]:
	values = (
		row.service,
		codes.get(row.service, (row.lis_code, ""))[0],
		row.service_name,
		row.loinc,
		row.fsli_code,
		row.specimen,
		tube.material_code if tube else "",
		tube.material_name if tube else "",
	)
	return dict(zip(OF_ITEM, values, strict=True))
