"""A branch that everybody sees: for tests that speak to the running stack over HTTP."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import frappe

from lab_crm.booking.tests.support import GIVEN, publish_forms
from lab_crm.utils import clock
from tests.support.factories import Factories, random_digits, random_letters


@dataclass(frozen=True)
class Clinic:
	"""A branch with a doctor and a chair, and the services they do."""

	branch: str
	chair: str
	doctor: str
	blood: str
	visit: str
	zone: str = "Europe/Moscow"

	def at(self, days: int, hour: int, minute: int = 0) -> str:
		"""Return a start, some days from today, as the API takes it."""
		day = clock.to_zone(clock.now(), self.zone).date() + timedelta(days=days)
		local = datetime(day.year, day.month, day.day, hour, minute)
		return clock.to_zone(clock.from_zone(local, self.zone), self.zone).isoformat()

	def request(self, services: list[str] | None = None, start: str | None = None, **changes: Any) -> dict:
		"""Return the body of a `create_booking` that is in order: a consultation, tomorrow at 10:00."""
		body = {
			"branch": self.branch,
			"services": [self.visit] if services is None else services,
			"start": start or self.at(1, 10),
			"patient": somebody(),
			"consents": GIVEN,
			"source": {"channel": "Website", "utm_source": "test"},
		}
		return {**body, **changes}


def open_clinic(chairs: int = 1) -> Clinic:
	"""Make a branch and commit it, so that the web processes see it."""
	make = Factories()
	publish_forms()
	branch = make.branch(slot_step_minutes=10, lead_minutes=0, horizon_days=30).name
	clinic = Clinic(
		branch=branch,
		chair=make.resource(branch, capacity=chairs).name,
		doctor=make.specialist(branch, services=[{"kind": "Consultation"}]).name,
		blood=make.service().name,
		visit=make.service(
			kind="Consultation", resource_kind="", needs_specialist=1, duration_minutes=30
		).name,
	)
	frappe.db.commit()
	return clinic


def somebody(**changes: str) -> dict[str, str]:
	"""Return a new patient as a web form gives one: no two are alike."""
	return {
		"last_name": "Тестова",
		"first_name": "Анна",
		"middle_name": f"Тест{random_letters(6)}овна",
		"birth_date": "1985-03-14",
		"sex": "Female",
		"mobile": f"+7900{random_digits(7)}",
		**changes,
	}
