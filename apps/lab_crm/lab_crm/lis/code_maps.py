"""What the codes of a LIS mean here, by the LIS Code Map; a code of one connection goes before one of all."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import frappe

from lab_crm.laboratory.result_rows import Resolver
from lab_crm.laboratory.results import remap, resolve_codes

MOST_REREAD = 500  # results that one new code may make anew at once


@dataclass
class Known:
	"""What the map knows of some codes: code → Analyte, code → Lab Service."""

	analytes: dict[str, str] = field(default_factory=dict)
	services: dict[str, str] = field(default_factory=dict)

	def resolver(self) -> Resolver:
		"""Return how codes become analytes: by the map, and what it does not know by the catalogue."""

		def resolve(codes: Iterable[str], preferred: Iterable[str] = ()) -> dict[str, str]:
			wanted = set(codes)
			mapped = {code: self.analytes[code] for code in wanted & self.analytes.keys()}
			return {**resolve_codes(wanted - mapped.keys(), preferred), **mapped}

		return resolve


def known(connection: str | None, codes: Iterable[str]) -> Known:
	"""Return what the map says of codes of a connection (one query)."""
	wanted = {code for code in codes if code}
	found = Known()
	if wanted:
		for row in _rows(connection, lambda table: table.lis_code.isin(wanted)):
			if row.analyte:
				found.analytes[row.lis_code] = row.analyte
			if row.service:
				found.services[row.lis_code] = row.service
	return found


def codes_of_services(connection: str, services: Iterable[str]) -> dict[str, tuple[str, str]]:
	"""Return what a LIS calls our services: service → its code and name (one query)."""
	wanted = set(services)
	rows = _rows(connection, lambda table: table.service.isin(wanted)) if wanted else []
	return {row.service: (row.lis_code, row.lis_name or "") for row in rows}


def _rows(connection: str | None, condition) -> list:
	"""Return rows for every connection first, then those of `connection`, which overrule them."""
	table = frappe.qb.DocType("LIS Code Map")
	everybody = table.connection.isnull() | (table.connection == "")
	return (
		frappe.qb.from_(table)
		.select(table.lis_code, table.lis_name, table.service, table.analyte)
		.where(condition(table) & ((table.connection == connection) | everybody if connection else everybody))
		.orderby(table.connection, table.creation)
		.run(as_dict=True)
	)


def reread(code: str, connection: str | None) -> list[str]:
	"""Read results anew that hold a code nobody knew until now; the old ones are superseded, never changed.

	Args:
		code: of the LIS.
		connection: whose code it is; None for every connection.

	Returns:
		The results that took the places of the old ones.
	"""
	item, result = frappe.qb.DocType("Lab Result Item"), frappe.qb.DocType("Lab Result")
	message = frappe.qb.DocType("LIS Message")
	waiting = (
		frappe.qb.from_(item)
		.join(result)
		.on(result.name == item.parent)
		.join(message)
		.on(message.name == result.lis_message)
		.select(result.name, message.connection)
		.where(
			(result.has_unmapped == 1) & (item.code == code) & (item.analyte.isnull() | (item.analyte == ""))
		)
		.where(result.superseded_by.isnull() | (result.superseded_by == ""))
		.orderby(result.reported_at)
		.limit(MOST_REREAD)
	)
	if connection:
		waiting = waiting.where(message.connection == connection)
	made = []
	for name, origin in dict(waiting.run()).items():
		codes = frappe.get_all("Lab Result Item", filters={"parent": name}, pluck="code")
		new = remap(name, known(origin, codes).resolver())
		made += [new] if new != name else []
	return made
