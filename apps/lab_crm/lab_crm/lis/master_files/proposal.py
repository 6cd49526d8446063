"""One thing that a LIS wants otherwise in our catalogue, and the words in which people read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

import frappe
from frappe import _

from lab_crm.catalogue import prices, references
from lab_crm.laboratory.report import plural

ANALYTE, SERVICE, PRICE = "Analyte", "Lab Service", "Service Price"
NEW, CHANGED, WITHDRAWN, RESTORED, UNCHANGED, UNCLEAR = (
	"Added", "Changed", "Discontinued", "Reinstated", "Unchanged", "Unclear",
)  # fmt: skip
ACTIVE = "is_active"
NAMES = {ANALYTE: "analyte_name", SERVICE: "service_name"}
RANGES, ANALYTES, ITEMS = "reference_ranges", "analytes", "panel_items"
# table of a document → what a row of it comes down to
LISTS = {ANALYTES: "analyte", ITEMS: "service"}
RANGE_FIELDS = ("sex", "age_from_days", "age_to_days", *references.LIMITS, "text")


@dataclass(slots=True)
class Proposal:
	"""A change that a person may take over.

	Args:
		code, title: of the record in the LIS.
		record_type: Analyte, Lab Service or Service Price.
		kind: Added, Changed, Discontinued, Reinstated, Unchanged or Unclear.
		target: our document (of a price: its service); None for a new one.
		fieldname: of the document; empty for a new one; of a price the day it begins, when that is to come.
		base: what it holds now, plain.
		value: what it is to hold, plain; of a new document field → value.
		warnings: sentences to read before deciding.
		problem: a sentence why it cannot be applied as it stands.
		valid_from, branch, funding: of a price.
		entry: number of the record in its message, from 0.
	"""

	code: str
	title: str
	record_type: str
	kind: str
	target: str | None = None
	fieldname: str = ""
	base: Any = None
	value: Any = None
	warnings: list[str] = field(default_factory=list)
	problem: str = ""
	valid_from: date | None = None
	branch: str | None = None
	funding: str | None = None
	entry: int = 0

	@property
	def key(self) -> str:
		"""A digest of what it is about: a later proposal about the same takes its place."""
		parts = (self.record_type, self.target or self.code, self.fieldname, self.branch, self.funding)
		return sha256("\x1f".join(part or "" for part in parts).encode()).hexdigest()


def plain(doc, fieldname: str) -> Any:
	"""Return a field of a document as it is compared and stored: text, number or a table's rows."""
	value = doc.get(fieldname)
	if fieldname in LISTS:
		return [row.get(LISTS[fieldname]) for row in value or []]
	if fieldname == RANGES:
		return [
			{name: row.get(name) or ("" if name in _TEXTS else 0) for name in RANGE_FIELDS} for row in value
		]
	return value if isinstance(value, int) else value or ""


def in_document(fieldname: str, value: Any) -> Any:
	"""Return a plain value as a document takes it."""
	return [{LISTS[fieldname]: each} for each in value] if fieldname in LISTS else value


def show(fieldname: str, value: Any) -> str:
	"""Return a plain value in words."""
	if fieldname == RANGES:
		return "\n".join(map(_range, value or []))
	if fieldname in LISTS:
		return ", ".join(_titles(fieldname, value or []))
	if fieldname == ACTIVE:
		return _("Is Provided") if value else _("Is Not Provided")
	if fieldname in ("result_type", "kind"):
		return _(value) if value else ""
	is_said = value or (value == 0 and fieldname == "decimals")  # no other number is 0 but for want of one
	return str(value) if is_said else ""


def show_document(doctype: str, values: Mapping[str, Any]) -> str:
	"""Return the fields of a new document in words, one a line."""
	meta = frappe.get_meta(doctype)
	lines = ((meta.get_label(name), show(name, value)) for name, value in values.items() if name != "code")
	return "\n".join(f"{_(label)}: {text}" for label, text in lines if text)


def show_price(price: Mapping[str, Any] | None) -> str:
	"""Return a price (`amount`, `currency`, `until`) in words."""
	if not price:
		return ""
	amount = Decimal(str(price["amount"]))
	text = prices.format_money(amount)
	if price["currency"] != "RUB":
		text = f"{amount.normalize():f} {price['currency']}"
	until = price.get("until")
	return _("{0} until {1}").format(text, frappe.utils.formatdate(until)) if until else text


_YEAR, _MONTH, _MOST_DAYS = 365.25, 30.44, 60
_TEXTS = ("sex", *references.LIMITS, "text")


def _range(row: Mapping[str, Any]) -> str:
	parts = [_(row["sex"]) if row["sex"] != references.ANY_SEX else "", _ages(row)]
	limits = references.render({**row, "critical_low": "", "critical_high": ""})
	critical = [f"≤ {row['critical_low']}" if row["critical_low"] else ""]
	critical.append(f"≥ {row['critical_high']}" if row["critical_high"] else "")
	whose, alarms = (", ".join(filter(None, each)) for each in (parts, critical))
	text = f"{whose}: {limits}" if whose else limits
	return _("{0}; critical {1}").format(text, alarms) if alarms else text


def _ages(row: Mapping[str, Any]) -> str:
	low, high = (_age(row[name]) for name in ("age_from_days", "age_to_days"))
	if low and high:
		return _("aged from {0} to {1}").format(low, high)
	if low:
		return _("aged from {0}").format(low)
	return _("aged to {0}").format(high) if high else ""


def _age(days: int) -> str:
	"""Return an age in the greatest unit that fits; empty for 0."""
	if not days:
		return ""
	years = round(days / _YEAR)
	if years and abs(days - years * _YEAR) < 2:
		return plural(years, _("{0} year old|{0} years old|{0} years old"))
	if days > _MOST_DAYS:
		return plural(round(days / _MONTH), _("{0} month old|{0} months old|{0} months old"))
	return plural(days, _("{0} day old|{0} days old|{0} days old"))


def _titles(fieldname: str, names: list[str]) -> list[str]:
	doctype = ANALYTE if fieldname == ANALYTES else SERVICE
	known = frappe.get_all(
		doctype, filters={"name": ("in", names)}, fields=["name", NAMES[doctype]], as_list=True
	)
	titles = dict(known)
	return [f"{titles[name]} ({name})" if name in titles else name for name in names]
