"""What our catalogue has for the records of a master file, looked up once for the whole message."""

from collections import defaultdict
from collections.abc import Iterable

import frappe
from frappe.query_builder.functions import Count

from lab_crm.booking import placing
from lab_crm.catalogue import services
from lab_crm.laboratory import observations as obs
from lab_crm.laboratory.result_rows import resolve_codes
from lab_crm.lis import code_maps
from lab_crm.lis.hl7.datatypes import Code
from lab_crm.lis.hl7.master import Record
from lab_crm.utils import clock

AHEAD = tuple(status for status in placing.OCCUPYING if status not in ("Checked In", "Completed"))
_SERVICE_KEYS = ("lis_code", "name", "fsli_code", "loinc")  # the LIS's own code goes first


class Ours:
	"""The part of the catalogue that a message speaks of.

	Args:
		connection: the LIS Connection whose map of codes counts.
		records: of the message.
	"""

	def __init__(self, connection: str | None, records: Iterable[Record]):
		codes = {code for record in records for code in _codes_of(record)}
		known = code_maps.known(connection, codes)
		self._analytes = {**resolve_codes(codes - known.analytes.keys()), **known.analytes}
		self._services = {code: {name} for code, name in known.services.items()}
		self._look_up_services(codes - known.services.keys())
		self._units: set[str] | None = None
		self._panels: dict[str, list[str]] | None = None
		self._docs: dict[tuple[str, str], object] = {}

	def analyte(self, *codes: str) -> str | None:
		"""Return the Analyte that the first known of some codes means."""
		return next((self._analytes[code] for code in codes if code in self._analytes), None)

	def service(self, *codes: str) -> str | None:
		"""Return the Lab Service that the first known of some codes means; None also when it fits several."""
		found = next((self._services[code] for code in codes if code in self._services), set())
		return next(iter(found)) if len(found) == 1 else None

	def rivals(self, *codes: str) -> list[str]:
		"""Return the services that a code fits when it fits several."""
		found = next((self._services[code] for code in codes if code in self._services), set())
		return sorted(found) if len(found) > 1 else []

	def doc(self, doctype: str, name: str):
		"""Return a document of the catalogue, read once."""
		if (doctype, name) not in self._docs:
			self._docs[doctype, name] = frappe.get_doc(doctype, name)
		return self._docs[doctype, name]

	def sample_type(self, specimen: Code) -> str | None:
		"""Return the Sample Type that a specimen (OM4-6) means: by our code, the registry's or its name."""
		for field in ("name", "nsi_code", "material_name"):
			words = (
				[specimen.code, specimen.alt_code, specimen.text]
				if field != "material_name"
				else [specimen.text]
			)
			found = frappe.get_all(
				"Sample Type", {field: ("in", [each for each in words if each] or [""])}, pluck="name"
			)
			if len(found) == 1:
				return found[0]
		return None

	def knows_unit(self, unit: str) -> bool:
		"""Tell whether a unit stands in the federal registry or is used by any of our analytes."""
		if self._units is None:
			own = frappe.get_all(
				"Analyte", {"unit": ("is", "set")}, pluck="unit", distinct=True, order_by="unit"
			)
			rows = frappe.get_all("NSI Unit", fields=["short_name", "print_name", "ucum"], as_list=True)
			self._units = {
				obs.canonical_unit(each) for each in (*own, *(text for row in rows for text in row)) if each
			}
		return obs.canonical_unit(unit) in self._units

	def branch(self, facility: Code) -> str | None:
		"""Return the Lab Branch that a facility (PRC-2) means: by our code or its name."""
		if frappe.db.exists("Lab Branch", facility.code):
			return facility.code
		named = frappe.get_all(
			"Lab Branch", {"branch_name": ("in", [facility.text or facility.code])}, pluck="name"
		)
		return named[0] if len(named) == 1 else None

	def panels_with(self, service: str) -> list[str]:
		"""Return the active panels that hold a service."""
		if self._panels is None:
			active = set(
				frappe.get_all("Lab Service", {"kind": services.PANEL, "is_active": 1}, pluck="name")
			)
			self._panels = defaultdict(list)
			for panel, items in services.panel_items().items():
				for item in items:
					if panel in active:
						self._panels[item].append(panel)
		return self._panels.get(service, [])

	def bookings_ahead(self, service: str) -> int:
		"""Return how many bookings of the days to come hold a service, by itself or in a panel."""
		booking, row = frappe.qb.DocType("Booking"), frappe.qb.DocType("Booking Service")
		query = (
			frappe.qb.from_(booking)
			.join(row)
			.on((row.parent == booking.name) & (row.parenttype == "Booking"))
		)
		query = query.where(row.service.isin([service, *self.panels_with(service)]))
		query = query.where((booking.start > clock.now()) & booking.status.isin(AHEAD))
		return query.select(Count(booking.name).distinct()).run()[0][0]

	def _look_up_services(self, wanted: set[str]) -> None:
		if not wanted:
			return
		table = frappe.qb.DocType("Lab Service")
		keys = [table[key] for key in _SERVICE_KEYS]
		condition = keys[0].isin(wanted)
		for key in keys[1:]:
			condition |= key.isin(wanted)
		rows = (
			frappe.qb.from_(table).select(table.name, *keys[:1], *keys[2:]).where(condition).run(as_dict=True)
		)
		for key in _SERVICE_KEYS:
			fitting = defaultdict(set)
			for row in rows:
				if row[key] in wanted:
					fitting[row[key]].add(row.name)
			for code, names in fitting.items():
				self._services.setdefault(code, names)


def codes_of(record: Record) -> list[str]:
	"""Return the codes of a record itself, its key first."""
	own = record.test or record.charge
	given = [record.key, *([own.code] if own else []), *(record.test.others if record.test else [])]
	found = [text for each in given for text in (each.code, each.alt_code) if text]
	return list(dict.fromkeys(found))


def _codes_of(record: Record) -> list[str]:
	contents = record.test.contents if record.test else []
	return [*codes_of(record), *(text for each in contents for text in (each.code, each.alt_code) if text)]
