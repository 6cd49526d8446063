"""Steps of the demo journey about full calendars, missed visits and advertising nobody asked for."""

import html
import json
import re
import secrets
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from lab_crm.demo.client import Client, Stack, expect, wait_for, zone_of_noon

CONSULTATION = "C-THER"
ZONE = ZoneInfo("Europe/Moscow")
# The scheduler looks every minute; a worker does it when it is free.
SCHEDULED = 240
GRID = 5
GIVEN = ["Personal Data", "Medical Data", "Service Messages"]


class Attendance:
	"""A second patient waits for a time, misses two visits and prepays the next; a message is suppressed."""

	stack: Stack
	guest: Client
	administrator: Client
	service: dict[str, Any]
	mobile: str
	patient: str
	branch: str

	def wait_for_a_time(self) -> str:
		"""A doctor with one free hour: another takes it, so the patient joins the waiting list."""
		self.doctor = self._doctor()
		slots = self._slots()
		expect(len(slots) == 1, f"the doctor of one appointment has {len(slots)} free times")
		self.taken = self._book(_somebody("Первая"), CONSULTATION, slots[0]["start"], specialist=self.doctor)
		expect(not self._slots(), "the time is still free after it was booked")
		self.second = _somebody("Вторая")
		day = slots[0]["start"][:10]
		wish = {"date_from": day, "date_to": day, "specialist": self.doctor, "services": [CONSULTATION]}
		asked = {"branch": self.branch, "patient": self.second, "consents": GIVEN, **wish}
		self.entry = self.guest.call("lab_crm.api.waiting_list.join", **asked)["entry"]
		self._awake(self.administrator.doc("Waiting List Entry", self.entry)["patient"])
		return f"nothing free with {self.doctor}, {self.entry} waits"

	def offered_a_time(self) -> str:
		"""The other one cancels by link; the time is offered by message with a link, and taken."""
		self.guest.call("lab_crm.api.booking.cancel_booking", token=self.taken["manage_token"])

		def offers() -> list[dict[str, Any]]:
			filters = {"name": self.entry, "status": "Offered"}
			fields = ["booking", "patient", "offered_until"]
			return self.administrator.list("Waiting List Entry", filters, fields)

		entry = wait_for(offers, "offer of the freed time")[0]
		self.missing_patient = entry["patient"]
		filters = {"reference_name": entry["booking"], "event": "waiting_list.offer"}
		message = self.administrator.list("Message", filters, ["body", "status", "scheduled_at"])[0]
		expect(message["status"] != "Suppressed", "the offer was not sent")
		token = re.search(r"/b/(\S+)", message["body"])[1]
		page = self.guest.http.get(f"{self.stack.web}/b/{token}", headers={"Accept": "text/html"}, timeout=60)
		expect('id="accept"' in page.text, "the page has no button to take the time")
		answer = self.guest.call("lab_crm.api.waiting_list.accept", token=token)
		expect(answer["status"] == "Booked", f"the booking is {answer['status']}")
		entry = self.administrator.doc("Waiting List Entry", self.entry)
		expect(entry["status"] == "Booked", f"the entry is {entry['status']}")
		return f"{message['status']} message with a link; taken: {answer['booking']} at {answer['start']}"

	def misses_two_visits(self) -> str:
		"""Two visits that should have begun, whose patient has not come: the scheduler marks them."""
		now = datetime.now(ZONE).replace(tzinfo=None, second=0, microsecond=0)
		now -= timedelta(minutes=now.minute % GRID)
		names = [self._past(now - timedelta(minutes=minutes)) for minutes in (45, 60)]

		def missed() -> bool:
			rows = self.administrator.list("Booking", {"name": ["in", names]}, ["status"])
			return all(row["status"] == "No Show" for row in rows)

		wait_for(missed, "no-shows set by the scheduler", SCHEDULED)
		events = self.administrator.list(
			"Journey Event", {"booking": ["in", names], "event": "booking.no_show"}, ["name"]
		)
		expect(len(events) == 2, f"{len(events)} events of two no-shows")
		return f"{' and '.join(names)} are no-shows, set by the scheduler"

	def must_prepay(self) -> str:
		"""The rule is previewed on last month, switched on, and meets the next booking of the patient."""
		administrator = self.stack.role("Lab Administrator")
		rule = {
			"policy_name": f"Демо: предоплата {secrets.token_hex(3)}",
			"branch": self.branch,
			"priority": 10,
		}
		rule |= {"prepay_after": 2, "prepay_percent": 50, "misses_months": 12}
		told = administrator.call("lab_crm.booking.preview.last_month", values=json.dumps(rule))
		missed = next(row for row in told["effects"] if row["key"] == "missed")
		expect(missed["count"] >= 2, f"the preview knows of {missed['count']} no-shows")
		self.rule = administrator.insert("Booking Policy", rule)["name"]
		slot = self._free(self.service["name"])
		self.due = self._book(self.second, self.service["name"], slot)
		expect(self.due["status"] == "Held", f"the booking is {self.due['status']}")
		half = round(self.service["price"] / 2, 2)
		expect(self.due["prepayment"] == half, f"{self.due['prepayment']} is due instead of {half}")
		preview = f"preview: {told['applies']} bookings, {missed['count']} no-shows"
		return f"{preview}; {self.due['booking']} is held until {half} {self.due['currency']} is paid"

	def prepays(self) -> str:
		"""By the link of the text message: offer accepted, payment confirmed, webhook told twice."""

		def links() -> list[str]:
			texts = [sms["text"] for sms in self.stack.sms(self.second["mobile"])]
			return [match[1] for text in texts if (match := re.search(r"/pay/(\S+)", text))]

		token = wait_for(links, "text message with the link to pay")[-1]
		due = self.guest.get("lab_crm.api.payment.get_payment", token=token)
		expect(due["booking"] == self.due["booking"], "the link is of another booking")
		url = self.guest.call("lab_crm.api.payment.start", token=token, offer=due["offer"])["url"]
		page = self.guest.http.get(
			f"{self.stack.web}/pay/{url.split('/pay/')[1]}", headers={"Accept": "text/html"}, timeout=60
		)
		found = re.search(r'id="page-data">(.*?)</script>', page.text, re.DOTALL)
		notice = json.loads(html.unescape(found[1]))["notice"]
		for _time in range(2):
			self.guest.call("lab_crm.api.payment.notification", provider="offline", **notice)
		booking = self.administrator.doc("Booking", self.due["booking"])
		expect((booking["status"], booking["paid"]) == ("Booked", due["amount"]), f"{booking['status']}")
		filters = {"booking": booking["name"]}
		payments = self.administrator.list("Patient Payment", filters, ["name", "amount", "status"])
		expect(len(payments) == 1, f"{len(payments)} payments of one")
		link = self.administrator.list(
			"Payment Request Link", filters, ["offer_version", "offer_accepted_at"]
		)[0]
		expect(link["offer_accepted_at"], "it is not kept that the offer was accepted")
		self.stack.role("Lab Administrator").update("Booking Policy", self.rule, {"is_active": 0})
		return f"{payments[0]['name']}, {payments[0]['amount']} paid by the link, {booking['name']} is booked"

	def no_advertising(self) -> str:
		"""An invitation is made advertising, which the patient never agreed to: it stays unsent, and why."""
		administrator = self.stack.role("Lab Administrator")
		filters = {"event": "recall.certificate"}
		templates = administrator.list("Message Template", filters, ["name", "purpose"])
		rule = {
			"rule_name": f"Демо: акция {secrets.token_hex(3)}",
			"service": self.service["name"],
			"gap_days": 0,
		}
		rule |= {"months": 1, "lead_days": 31, "reason": "Скидка на анализы.", "event": "recall.certificate"}
		name = administrator.insert("Recall Rule", rule)["name"]
		try:
			for template in templates:
				administrator.update("Message Template", template["name"], {"purpose": "Marketing"})
			administrator.call("lab_crm.recall.scan.run_now", rule=name)
			message = wait_for(lambda: self._advertised(filters), "the message and what became of it")[0]
		finally:
			for template in templates:
				administrator.update("Message Template", template["name"], {"purpose": template["purpose"]})
			administrator.update("Recall Rule", name, {"is_active": 0})
		expect(message["status"] == "Suppressed", f"the advertisement is {message['status']}")
		expect(message["reason_code"] == "NO_CONSENT", message["reason_code"])
		texts = [sms["text"] for sms in self.stack.sms(self.mobile)]
		expect(not any(rule["reason"] in text for text in texts), "the advertisement was sent all the same")
		return f"{message['name']}: «{message['decision']}»"

	def _advertised(self, filters: dict[str, Any]) -> list[dict[str, Any]]:
		fields = ["name", "status", "reason_code", "decision"]
		return self.administrator.list("Message", {**filters, "patient": self.patient}, fields)

	def _awake(self, patient: str) -> None:
		"""Let it be day where the patient lives: at night messages wait for the morning."""
		self.administrator.update("Patient", patient, {"time_zone": zone_of_noon()})

	def _doctor(self) -> str:
		"""A doctor who works one half hour of a weekday."""
		day = date.today() + timedelta(days=2)
		while day.weekday() > 4:
			day += timedelta(days=1)
		doctor = self.administrator.insert(
			"Specialist",
			{
				"specialist_name": f"Демо-терапевт {secrets.token_hex(3)}",
				"speciality": "Терапевт",
				"services": [{"kind": "Consultation"}],
			},
		)["name"]
		weekday = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")[day.weekday()]
		hours = {"weekday": weekday, "start_time": "19:00:00", "end_time": "19:30:00"}
		subject = {"subject_type": "Specialist", "subject": doctor, "branch": self.branch, "periods": [hours]}
		self.administrator.insert("Work Schedule", {**subject, "valid_from": str(day), "valid_to": str(day)})
		return doctor

	def _slots(self) -> list[dict[str, Any]]:
		asked = {"branch": self.branch, "services": json.dumps([CONSULTATION]), "specialist": self.doctor}
		return self.guest.get("lab_crm.api.booking.get_slots", **asked)["slots"]

	def _free(self, service: str) -> str:
		asked = {"branch": self.branch, "services": json.dumps([service])}
		slots = self.guest.get("lab_crm.api.booking.get_slots", **asked)["slots"]
		expect(slots, "no free time in two weeks")
		return secrets.choice(slots[:40])["start"]

	def _book(self, person: dict[str, str], service: str, start: str, **more: Any) -> dict[str, Any]:
		asked = {"branch": self.branch, "services": [service], "start": start, "patient": person, **more}
		asked |= {
			"consents": GIVEN,
			"source": {"channel": "Website"},
			"idempotency_key": secrets.token_hex(16),
		}
		return self.guest.call("lab_crm.api.booking.create_booking", **asked)

	def _past(self, start: datetime) -> str:
		"""A booking of the second patient that should have begun already."""
		fields = {
			"patient": self.missing_patient,
			"branch": self.branch,
			"start": str(start),
			"channel": "Phone",
		}
		fields |= {"services": [{"service": self.service["name"]}], "override_schedule": 1}
		return self.administrator.insert("Booking", {**fields, "override_reason": "Внесено позже"})["name"]


def _somebody(first_name: str) -> dict[str, str]:
	"""Somebody recognisably invented, whom nobody else is like."""
	letters = "".join(secrets.choice("абвгдежзиклмнопрст") for _ in range(6))
	return {
		"last_name": "Очередина-Тест",
		"first_name": first_name,
		"middle_name": f"Тест{letters}овна",
		"birth_date": "1990-05-20",
		"sex": "Female",
		"mobile": "+7900" + "".join(secrets.choice("0123456789") for _ in range(7)),
	}
