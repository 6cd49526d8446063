"""What a charge of the LIS (CDM, PRC) would change in the prices of our services."""

from datetime import date
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.catalogue import prices
from lab_crm.lis.hl7.master import WITHDRAWN as TAKEN_AWAY
from lab_crm.lis.hl7.master import Price, Record
from lab_crm.lis.master_files import of_tests
from lab_crm.lis.master_files.ours import Ours, codes_of
from lab_crm.lis.master_files.proposal import (
	CHANGED,
	NEW,
	PRICE,
	SERVICE,
	UNCHANGED,
	UNCLEAR,
	WITHDRAWN,
	Proposal,
)

# PRC-14 → who pays
PAYERS = {
	"": prices.SELF_PAY,
	"SELF-PAY": prices.SELF_PAY,
	"OMS": "OMS",
	"DMS": "DMS",
	"CORPORATE": "Corporate",
}
_RUBLES = ("", "RUB", "RUR", "643")


def proposals(record: Record, ours: Ours, today: date, alert_percent: Decimal) -> list[Proposal]:
	"""Return what one record would change; one Unchanged proposal when it says what we have.

	Args:
		record: with its CDM and PRC.
		ours: what the catalogue has.
		today: the first day a price may begin.
		alert_percent: a larger change of a price is pointed out; 0: none is.
	"""
	own = codes_of(record)
	service = ours.service(*own)
	if not service:
		return [_unknown(record, ours, own)]
	if record.action in TAKEN_AWAY or (record.charge and record.charge.active is False):
		gone = of_tests.withdrawal(record, SERVICE, service, ours)
		return [gone or Proposal(record.code, record.name, SERVICE, UNCHANGED, service)]
	found = of_tests.restoration(record, SERVICE, service, ours)
	title = ours.doc(SERVICE, service).service_name
	for price in record.prices:
		found.append(_of_price(Proposal(record.code, title, PRICE, CHANGED, service), price, ours, today))
	_refuse_twins(found)
	for each in found:
		_point_out(each, alert_percent)
	return found or [Proposal(record.code, title, SERVICE, UNCHANGED, service)]


def in_force(service: str, branch: str | None, funding: str, day: date) -> dict | None:
	"""Return the price of exactly this branch and payer on a day (`name`, `amount`, `currency`, `until`),
	None when it has none of its own.
	"""
	rows = rows_of(service, branch, funding)
	chosen = prices.choose(rows, day, branch, funding)
	if not chosen or chosen.funding != funding:
		return None
	name = prices.key_name(service, branch, funding, None, chosen.valid_from)
	until = str(chosen.valid_to) if chosen.valid_to else None
	return {"name": name, "amount": f"{chosen.price}", "currency": chosen.currency, "until": until}


def rows_of(service: str, branch: str | None, funding: str) -> list[prices.Price]:
	"""Return the general prices of exactly this branch and payer."""
	fields = ["service", "branch", "funding", "price_list", "price", "currency", "valid_from", "valid_to"]
	filters = {"service": service, "funding": funding, "branch": branch or ("is", "not set")}
	found = frappe.get_all("Service Price", filters=filters, fields=fields)
	return [prices.as_price(row) for row in found if not row.price_list]


def _unknown(record: Record, ours: Ours, own: list[str]) -> Proposal:
	if rivals := ours.rivals(*own):
		text = _("The code fits several services: {0}. Map it in the map of codes").format(", ".join(rivals))
	elif own:
		text = _("There is no service with this code: map it, then compare again")
	else:
		text = _("The record has no code")
	value = _value(record.prices[0]) if record.prices else None
	return Proposal(record.code, record.name, PRICE, UNCLEAR, value=value, problem=text)


def _value(price: Price) -> dict:
	return {
		"amount": f"{price.amount.quantize(prices.CENT)}",
		"currency": "RUB" if price.currency in _RUBLES else price.currency,
		"until": str(price.valid_to) if price.valid_to else None,
	}


def _of_price(found: Proposal, price: Price, ours: Ours, today: date) -> Proposal:
	found.funding = PAYERS.get(price.category)
	if price.facility.code or price.facility.text:
		found.branch = ours.branch(price.facility)
	said = price.valid_from or today
	found.valid_from = max(said, today)
	found.fieldname = str(said) if said > today else ""  # prices of different days to come do not compete
	found.value = _value(price)
	if found.problem or not _is_placed(found, price, today):
		found.kind = UNCLEAR
		return found
	found.base = in_force(found.target, found.branch, found.funding, found.valid_from)
	if not price.active:
		return _withdrawn(found)
	if found.base is None:
		found.kind = NEW
	elif all(found.base[key] == found.value[key] for key in found.value):
		found.kind = UNCHANGED
	if found.kind != UNCHANGED:
		_note_dates(found, said, today)
		if price.several:
			found.warnings.append(_("The LIS names several prices: the first is taken"))
	return found


def _is_placed(found: Proposal, price: Price, today: date) -> bool:
	"""Say in `problem` why a price cannot be placed."""
	if not found.funding:
		found.problem = _("Payer {0} (PRC-14) is not known here").format(price.category)
	elif (price.facility.code or price.facility.text) and not found.branch:
		found.problem = _("Branch {0} (PRC-2) is not known here").format(price.facility.words)
	elif found.value["currency"] != "RUB" and not frappe.db.exists("Currency", found.value["currency"]):
		found.problem = _("Currency {0} is not known here").format(found.value["currency"])
	elif price.valid_to and price.valid_to < found.valid_from:
		found.problem = _("The price ends before it begins")
	return not found.problem


def _withdrawn(found: Proposal) -> Proposal:
	"""A price that is charged no more ends; not where the service would cost nothing without it."""
	found.kind, found.value = WITHDRAWN, None
	if found.base is None:
		found.kind, found.value = UNCHANGED, None
	elif not found.branch:
		found.problem = _("Without this price the service would cost nothing: withdraw the service instead")
	elif not in_force(found.target, None, found.funding, found.valid_from):
		found.problem = _("Without this price the service would cost nothing: withdraw the service instead")
	return found


def _note_dates(found: Proposal, said: date, today: date) -> None:
	if said < today:
		day = frappe.utils.formatdate(said)
		found.warnings.append(_("The LIS names {0}: past prices stay, it begins today").format(day))
	if found.base and found.base["until"]:
		text = _("It takes the place of a price that holds until {0}")
		found.warnings.append(text.format(frappe.utils.formatdate(found.base["until"])))
	later = [
		row
		for row in rows_of(found.target, found.branch, found.funding)
		if row.valid_from and row.valid_from > found.valid_from
	]
	if later:
		first = min(row.valid_from for row in later)
		found.warnings.append(_("Another price begins on {0}").format(frappe.utils.formatdate(first)))


def _refuse_twins(found: list[Proposal]) -> None:
	"""Two prices for one branch and payer from one day in one record: which is meant, nobody can tell."""
	seen: dict[str, Proposal] = {}
	for each in found:
		if each.record_type != PRICE or each.kind == UNCHANGED or each.problem:
			continue
		other = seen.setdefault(each.key, each)
		if other is not each and other.value != each.value:
			text = _("The record names two prices for the same branch, payer and day")
			other.problem = each.problem = text


def _point_out(found: Proposal, alert_percent: Decimal) -> None:
	"""Warn of a price that changes much, is nothing, or is in another currency."""
	if found.record_type != PRICE or not found.value or found.kind not in (CHANGED, NEW):
		return
	new = Decimal(found.value["amount"])
	if not new:
		found.warnings.append(_("The price is zero"))
	if not found.base:
		return
	old = Decimal(found.base["amount"])
	if found.base["currency"] != found.value["currency"]:
		found.warnings.append(_("The currency changes"))
	elif old and alert_percent and abs(new - old) * 100 / old > alert_percent:
		percent = (abs(new - old) * 100 / old).quantize(Decimal(1))
		text = _("The price rises by {0} %") if new > old else _("The price falls by {0} %")
		found.warnings.append(text.format(percent))
