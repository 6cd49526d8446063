from zoneinfo import available_timezones

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, get_link_to_form

from lab_crm.patients import matching, person, person_names, phones, policies, snils
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name


class Patient(Document):
	"""One person. Who is one person, `patients/matching.py` says."""

	def autoname(self):
		self.name = random_name("PAT")

	def validate(self):
		self.tidy()
		self.check_snils()
		self.check_relations()
		policies.check(self.policies)
		self.set_identity()

	@property
	def polite_name(self) -> str:
		"""How to address the patient: `Анна Петровна`."""
		return person_names.polite(self.first_name, self.middle_name)

	@property
	def short_name(self) -> str:
		"""`Тестова А. П.` for lists and labels."""
		return person_names.short(self.last_name, self.first_name, self.middle_name)

	def age(self) -> int:
		"""Return full years of age today."""
		return person.age(frappe.utils.getdate(self.birth_date), clock.now().date())

	def tidy(self):
		self.last_name = person.require_name(self.last_name, "last_name")
		self.first_name = person.require_name(self.first_name, "first_name")
		self.middle_name = person.require_name(self.middle_name, "middle_name", optional=True)
		self.full_name = person_names.full(self.last_name, self.first_name, self.middle_name)
		self.birth_date = person.require_birth_date(self.birth_date, clock.now().date())
		self.mobile = phones.require(self.mobile)
		self.email = person.require_email(self.email)
		self.snils = snils.require(self.snils)
		if self.time_zone and self.time_zone not in available_timezones():
			raise Refusal(
				"TIME_ZONE_UNKNOWN", _("Unknown time zone {0}").format(self.time_zone), field="time_zone"
			)

	def check_snils(self):
		other = self.snils and frappe.db.get_value(
			"Patient", {"snils": self.snils, "name": ("!=", self.name)}
		)
		if other:
			message = _("This SNILS stands on another card: {0}").format(get_link_to_form("Patient", other))
			raise Refusal("SNILS_TAKEN", message, field="snils", status=409)

	def check_relations(self):
		for row in self.relations:
			if row.patient and row.patient == self.name:
				raise Refusal(
					"RELATION_TO_SELF",
					_("Row {0}: a patient cannot be a relative of himself").format(row.idx),
				)
			if not row.patient and not row.person_name:
				raise Refusal("RELATION_EMPTY", _("Row {0}: choose a card or enter a name").format(row.idx))
			row.phone = phones.require(row.phone, "phone")

	def set_identity(self):
		"""Take the unique key of this person; a duplicate that staff insist on lives without one."""
		self.identity_key = person.identity_key(
			self.last_name, self.first_name, self.birth_date, self.mobile, self.email
		)
		if self.flags.from_matching:
			return
		if self.identity_key and self.has_value_changed("identity_key"):
			others = {"identity_key": self.identity_key, "name": ("!=", self.name)}
			if frappe.db.exists("Patient", others):
				self.identity_key = None
		if any(
			self.has_value_changed(field) for field in ("last_name", "first_name", "birth_date", "mobile")
		):
			self.warn_of_similar()

	def warn_of_similar(self):
		"""Point staff to cards that may be the same person; never refuse, since namesakes exist."""
		links = [
			"{} · {} · {}".format(
				get_link_to_form("Patient", row.name, escape_html(row.full_name)),
				frappe.format(row.birth_date, "Date"),
				escape_html(phones.show(row.mobile)) if row.mobile else _("no phone"),
			)
			for row in matching.find_similar(self)[:5]
		]
		if links:
			frappe.msgprint(
				_("There is a similar card. Check whether it is the same person:")
				+ "<br>"
				+ "<br>".join(links),
				title=_("Possible Duplicate"),
				indicator="orange",
			)
