"""Which price holds on a day."""

from datetime import date

import frappe
from frappe.utils import getdate

from lab_erp.utils.money import exact

# The lists that every company starts with.
STANDARD = {"selling": "Standard Selling", "buying": "Standard Buying"}


def price(
	item: str, price_list: str, on: date | str, party: tuple[str, str] | None = None, uom: str | None = None
):
	"""Return the price of an item, or None.

	Args:
		item: its code.
		price_list: name of the list.
		on: the day.
		party: `("customer", name)` or `("supplier", name)`; a price of its own comes first.
		uom: unit; prices of other units do not count.

	Returns:
		Decimal in the list's currency for one unit; None where no price holds on that day.
	"""
	rows = frappe.get_all(
		"Item Price",
		filters={"item_code": item, "price_list": price_list, **({"uom": uom} if uom else {})},
		fields=("price_list_rate", "customer", "supplier", "valid_from", "valid_upto"),
	)
	day = getdate(on)
	held = [row for row in rows if _holds(row, day, party)]
	if not held:
		return None
	best = max(
		held, key=lambda row: (bool(row.customer or row.supplier), getdate(row.valid_from or "1900-01-01"))
	)
	return exact(best.price_list_rate)


def _holds(row, day: date, party: tuple[str, str] | None) -> bool:
	own = dict([party]) if party else {}
	for side in ("customer", "supplier"):
		if row[side] and row[side] != own.get(side):
			return False
	begun = not row.valid_from or getdate(row.valid_from) <= day
	return begun and (not row.valid_upto or day <= getdate(row.valid_upto))


def default_list(side: str) -> str | None:
	"""Return the price list of a document whose party has none: that which every company starts with, else
	the oldest.

	Args:
		side: selling or buying.
	"""
	usable = {side: 1, "enabled": 1}
	return frappe.db.get_value("Price List", {"name": STANDARD[side], **usable}) or frappe.db.get_value(
		"Price List", usable, "name", order_by="creation"
	)
