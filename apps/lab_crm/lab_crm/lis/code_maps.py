"""What the codes of a LIS mean here, by the LIS Code Map; a code of one connection goes before one of all."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import frappe

from lab_crm.laboratory.result_rows import Resolver
from lab_crm.laboratory.results import remap, resolve_codes
from lab_crm.lis import contents

MOST_REREAD = 100  # results that one new code makes anew at once


@dataclass
class Known:
	"""What the map knows of some codes: code → Analyte, code → Lab Service.

	`asked` and `found` are the codes of analytes that its resolver was asked for, and those that it or the
	catalogue knew.
	"""

	analytes: dict[str, str] = field(default_factory=dict)
	services: dict[str, str] = field(default_factory=dict)
	asked: set[str] = field(default_factory=set)
	found: set[str] = field(default_factory=set)

	def resolver(self) -> Resolver:
		"""Return how codes become analytes: by the map, and what it does not know by the catalogue."""

		def resolve(codes: Iterable[str], preferred: Iterable[str] = ()) -> dict[str, str]:
			wanted = set(codes)
			mapped = {code: self.analytes[code] for code in wanted & self.analytes.keys()}
			answer = {**resolve_codes(wanted - mapped.keys(), preferred), **mapped}
			self.asked |= wanted
			self.found |= answer.keys()
			return answer

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


def codes_to_measure(connection: str, services: Iterable[str]) -> list[str]:
	"""Return what an analyser calls the tests of services, each once, in their order (one query).

	Only codes of its own connection count: one of all connections would be told to analysers that cannot
	measure it. A service that has a code itself is told by it, another by those of its analytes.

	Args:
		connection: the LIS Connection of the analyser.
		services: names of Lab Services.
	"""
	parts = {
		service: [row.analyte for row in frappe.get_cached_doc("Lab Service", service).analytes]
		for service in services
	}
	if not parts:
		return []
	analytes = {analyte for each in parts.values() for analyte in each}
	table = frappe.qb.DocType("LIS Code Map")
	meaning = table.service.isin(list(parts))
	meaning = meaning | table.analyte.isin(analytes) if analytes else meaning
	query = frappe.qb.from_(table).select(table.lis_code, table.service, table.analyte)
	query = query.where(meaning & (table.connection == connection)).orderby(table.creation, table.name)
	rows = query.run(as_dict=True)
	found: dict[str, None] = {}
	for service, own in parts.items():
		named = [row.lis_code for row in rows if row.service == service]
		by_analyte = [row.lis_code for analyte in own for row in rows if row.analyte == analyte]
		found |= dict.fromkeys(named or by_analyte)
	return list(found)


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


def reread(code: str, connection: str | None, meaning: str, after: tuple[str, str] | None = None) -> int:
	"""Read results anew that hold a code nobody knew until now; the old ones are superseded, never changed.

	What is more than fits into a request is read by a job.

	Args:
		code: of the LIS.
		connection: whose code it is; None for every connection.
		meaning: what became known of it: `analyte` or `service`.
		after: stored time of the report and name of the last result that was looked at before.

	Returns:
		How many results were made by now.
	"""
	waiting = _waiting(code, connection, meaning, after)
	made = 0
	for row in waiting:
		made += _anew(row.name, code, row.connection, meaning) != row.name
	if len(waiting) == MOST_REREAD:
		frappe.enqueue(
			"lab_crm.lis.code_maps.reread",
			queue="long",
			enqueue_after_commit=True,
			code=code,
			connection=connection,
			meaning=meaning,
			after=(str(waiting[-1].reported_at), waiting[-1].name),
		)
	return made


def _waiting(
	code: str, connection: str | None, meaning: str, after: tuple[str, str] | None
) -> list[frappe._dict]:
	"""Return results that may say more once the code is known, with their connection, the oldest first."""
	item, result = frappe.qb.DocType("Lab Result Item"), frappe.qb.DocType("Lab Result")
	message = frappe.qb.DocType("LIS Message")
	query = (
		frappe.qb.from_(result)
		.join(message)
		.on(message.name == result.lis_message)
		.join(item)
		.on(item.parent == result.name)
		.select(result.name, result.reported_at, message.connection)
		.where((result.superseded_by.isnull() | (result.superseded_by == "")) & (result.withdrawn == 0))
		.orderby(result.reported_at)
		.orderby(result.name)
		.distinct()
		.limit(MOST_REREAD)
	)
	if meaning == "analyte":
		unknown = item.analyte.isnull() | (item.analyte == "")
		query = query.where((result.has_unmapped == 1) & (item.code == code) & unknown)
	else:
		order = frappe.qb.DocType("Lab Order")
		query = query.join(order).on(order.name == result["order"])
		query = query.where(order.status.isin(("In Progress", "Partially Ready")) & item.service.isnull())
		query = query.where(message.raw.like(f"%{_for_like(code)}%"))
	if connection:
		query = query.where(message.connection == connection)
	if after:
		moment, name = after
		later = (result.reported_at > moment) | ((result.reported_at == moment) & (result.name > name))
		query = query.where(later)
	return query.run(as_dict=True)


def _anew(result: str, code: str, connection: str | None, meaning: str) -> str:
	"""Read one result anew; return the one that took its place, or itself."""
	codes = frappe.get_all("Lab Result Item", filters={"parent": result}, pluck="code")
	if meaning == "analyte":
		return remap(result, known(connection, codes).resolver())
	message = frappe.db.get_value("Lab Result", result, "lis_message")
	raw, charset = frappe.db.get_value("LIS Message", message, ["raw", "charset"])
	values = {
		seen.code.code or seen.code.alt_code
		for group in contents.results(raw, charset).groups
		for seen in group.observations
		if group.service.code == code
	}
	ours = known(connection, [code]).services.get(code)
	order = frappe.db.get_value("Lab Result", result, "order")
	if not ours or not frappe.db.exists("Lab Order Item", {"parent": order, "service": ours}):
		return result
	return remap(result, known(connection, codes).resolver(), dict.fromkeys(values, ours))


def _for_like(text: str) -> str:
	return re.sub(r"([\\%_])", r"\\\1", text)
