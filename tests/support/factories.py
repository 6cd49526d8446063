"""Factories: the smallest valid document of a kind, with what the test cares about laid over it."""

import secrets
from datetime import timedelta

import frappe

from lab_crm.utils import clock
from lab_crm.utils.names import random_name

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _insert(doctype: str, defaults: dict, fields: dict):
	doc = frappe.new_doc(doctype)
	doc.update({**defaults, **fields})
	return doc.insert(ignore_permissions=True)  # a test arranges what the product's users would


class Factories:
	"""`make.patient(...)`, `make.branch(...)`: each call makes a new document."""

	def patient(self, **fields):
		"""A grown-up patient with a phone of a reserved test range."""
		defaults = {
			"last_name": "Тестова",
			"first_name": "Анна",
			"middle_name": f"Тест{random_letters(6)}овна",
			"birth_date": "1985-03-14",
			"sex": "Female",
			"mobile": f"+7900{random_digits(7)}",
		}
		return _insert("Patient", defaults, fields)

	def branch(self, **fields):
		"""A branch in Moscow that can be booked online."""
		code = random_name("T", 6)
		defaults = {
			"code": code,
			"branch_name": f"Отделение {code}",
			"address": "Тестовая улица, 1",
			"timezone": "Europe/Moscow",
		}
		return _insert("Lab Branch", defaults, fields)

	def service(self, **fields):
		"""A blood test that is taken on a collection chair."""
		code = random_name("T", 6)
		defaults = {
			"code": code,
			"service_name": f"Тестовое исследование {code}",
			"kind": "Test",
			"duration_minutes": 10,
			"resource_kind": "Collection Chair",
			"is_bookable_online": 1,
			"is_active": 1,
			"preparation": "Натощак, 8 часов без еды.",
		}
		return _insert("Lab Service", defaults, fields)

	def sample_type(self, **fields):
		"""Venous blood in a tube."""
		code = random_name("S", 6)
		defaults = {"code": code, "material_name": f"Кровь {code}", "tube_name": "Пробирка 4 мл"}
		return _insert("Sample Type", defaults, fields)

	def price(self, service: str, price: float = 500, **fields):
		"""A price of a service, valid since last year."""
		valid_from = (clock.now() - timedelta(days=365)).date()
		return _insert(
			"Service Price", {"service": service, "price": price, "valid_from": valid_from}, fields
		)

	def resource(self, branch: str, **fields):
		"""A collection chair of a branch, open every day from 08:00 to 20:00."""
		code = random_name("R", 6)
		defaults = {
			"code": code,
			"resource_name": f"Кабинет {code}",
			"branch": branch,
			"kind": "Collection Chair",
			"capacity": 1,
		}
		resource = _insert("Bookable Resource", defaults, fields)
		self.schedule(resource)
		return resource

	def schedule(self, subject, branch: str | None = None, **fields):
		"""Hours of a specialist or resource: every day from 08:00 to 20:00."""
		periods = [{"weekday": day, "start_time": "08:00:00", "end_time": "20:00:00"} for day in WEEK]
		defaults = {
			"subject_type": subject.doctype,
			"subject": subject.name,
			"branch": branch or subject.get("branch"),
			"valid_from": (clock.now() - timedelta(days=30)).date(),
			"periods": periods,
		}
		return _insert("Work Schedule", defaults, fields)

	def specialist(self, branch: str, services: list[dict] | None = None, **fields):
		"""A specialist who works in a branch every day."""
		defaults = {
			"specialist_name": random_name("Врач", 4),
			"speciality": "Терапевт",
			"services": services or [],
		}
		specialist = _insert("Specialist", defaults, fields)
		self.schedule(specialist, branch)
		return specialist


def random_digits(count: int) -> str:
	"""Return random digits, so that parallel test runs never share a phone number."""
	return "".join(secrets.choice("0123456789") for _ in range(count))


def random_letters(count: int) -> str:
	"""Return random small Cyrillic letters: names must differ and yet be names."""
	return "".join(secrets.choice("абвгдежзиклмнопрст") for _ in range(count))
