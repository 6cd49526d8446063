"""`make demo`: one patient's whole journey over the real interfaces of a running stack (HTTP, MLLP, SMTP, the
SMS log).

Each step prints one line with the real ids and checks what it says; the exit status is 0 only if every step
held.
"""

import argparse
import re
import secrets
import sys
import traceback
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import requests
from pypdf import PdfReader

from lab_crm.demo import client
from lab_crm.demo.attendance import Attendance
from lab_crm.demo.client import Stack, StepFailed, expect, wait_for

BRANCH = "M01"
SEARCH = "ттг"


class Journey(Attendance):
	"""The steps, in order; each returns the line to print and leaves what later steps need on `self`."""

	def __init__(self, stack: Stack):
		self.stack = stack
		self.branch = BRANCH
		self.guest = stack.guest()
		self.reception = stack.role("Lab Receptionist")
		self.nurse = stack.role("Lab Nurse")
		self.administrator = stack.role("Administrator")
		self.patient_browser = stack.guest()
		self.mobile = "+7900" + "".join(secrets.choice("0123456789") for _ in range(7))
		self.email = f"demo.{secrets.token_hex(4)}@patients.invalid"
		self.person = {
			"last_name": "Демидова-Тест",
			"first_name": "Анна",
			"middle_name": "Примеровна",
			"birth_date": "1985-03-14",
			"sex": "Female",
			"mobile": self.mobile,
			"email": self.email,
		}

	def steps(self) -> list[tuple[str, Callable[[], str]]]:
		"""Return the steps with their titles."""
		return [
			("finds the service on the website", self.find_service),
			("sees free times", self.find_slot),
			("books", self.book),
			("gets the confirmation with preparation and a calendar entry", self.confirmation),
			("comes and is checked in", self.check_in),
			("the order goes to the LIS and is accepted", self.order_accepted),
			("blood is taken", self.collect),
			("the result comes back over HL7", self.result),
			("is told that the result is ready, without medical content", self.ready_notice),
			("signs in to the portal by a code", self.sign_in),
			("downloads the result as PDF", self.download),
			("anybody can verify the document by its QR code", self.verify),
			("months later is invited to a control", self.recall),
			("gets no advertising without having agreed to it", self.no_advertising),
			("books the next visit in two clicks", self.book_again),
			("another patient finds no free time and joins the waiting list", self.wait_for_a_time),
			("is offered the time that becomes free, and takes it", self.offered_a_time),
			("misses two visits", self.misses_two_visits),
			("can book only with a prepayment from now on", self.must_prepay),
			("pays by the link and is booked", self.prepays),
			("the whole way stands under one patient", self.events),
		]

	def find_service(self) -> str:
		answer = self.guest.get("lab_crm.api.catalogue.get_services", branch=BRANCH, search=SEARCH)
		expect(answer["services"], "nothing found in the catalogue")
		self.service = answer["services"][0]
		price = f"{self.service['price']} {self.service['currency']}"
		return f"{self.service['name']} «{self.service['service_name']}», {price}"

	def find_slot(self) -> str:
		span = {
			"date_from": str(date.today() + timedelta(days=1)),
			"date_to": str(date.today() + timedelta(days=14)),
		}
		answer = self.guest.get(
			"lab_crm.api.booking.get_slots", branch=BRANCH, services=f'["{self.service["name"]}"]', **span
		)
		expect(answer["slots"], "no free time in two weeks")
		self.slot = secrets.choice(answer["slots"][:40])
		return f"{len(answer['slots'])} free times, takes {self.slot['start']}"

	def book(self) -> str:
		arguments = {
			"branch": BRANCH,
			"services": [self.service["name"]],
			"start": self.slot["start"],
			"patient": self.person,
			"consents": ["Personal Data", "Medical Data", "Service Messages"],
			"source": {"channel": "Website", "utm_source": "demo"},
			"idempotency_key": secrets.token_hex(16),
		}
		answer = self.guest.call("lab_crm.api.booking.create_booking", **arguments)
		again = self.guest.call("lab_crm.api.booking.create_booking", **arguments)
		expect(again["booking"] == answer["booking"], "the same request twice made two bookings")
		self.booking = answer["booking"]
		self.manage_token = answer["manage_token"]
		self.patient = self.reception.doc("Booking", self.booking)["patient"]
		self._awake(self.patient)
		return f"booking {self.booking}, patient {self.patient}; the same request again gave the same booking"

	def confirmation(self) -> str:
		sms = wait_for(lambda: self.stack.sms(self.mobile), "text message of confirmation")[0]
		mail = wait_for(lambda: self.stack.mails(self.email), "e-mail of confirmation")[0]
		calendars = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
		expect(calendars, "the e-mail carries no .ics")
		body = mail.get_body(("plain", "html")).get_content()
		preparation = self.service["preparation"].split(".")[0].split(",")[0]
		expect(preparation in body, f"the e-mail does not say how to prepare: {preparation!r}")
		return f"SMS «{sms['text'][:70]}…», e-mail «{mail['Subject']}» with .ics"

	def check_in(self) -> str:
		answer = self.reception.call("lab_crm.laboratory.checkin.check_in", booking=self.booking)
		self.visit, self.order, self.specimens = answer["visit"], answer["order"], answer["specimens"]
		expect(self.order and self.specimens, "the visit has no order or no specimens")
		return f"visit {self.visit}, order {self.order}, specimens {', '.join(self.specimens)}"

	def order_accepted(self) -> str:
		def acknowledged() -> list[dict[str, Any]]:
			filters = {"lab_order": self.order, "direction": "Out", "status": "Acknowledged"}
			return self.administrator.list("LIS Message", filters, ["name", "message_type", "control_id"])

		message = wait_for(acknowledged, "acknowledgement of the order by the LIS")[0]
		status = self.reception.doc("Lab Order", self.order)["status"]
		return f"{message['message_type']} {message['control_id']} acknowledged, order is {status}"

	def collect(self) -> str:
		self.nurse.call("lab_crm.laboratory.collection.mark_collected", specimens=self.specimens)
		states = {barcode: self.nurse.doc("Specimen", barcode)["status"] for barcode in self.specimens}
		expect(set(states.values()) == {"Collected"}, f"specimens are {states}")
		return f"collected: {', '.join(states)}"

	def result(self) -> str:
		def final() -> list[dict[str, Any]]:
			filters = {"order": self.order, "status": "Final"}
			return self.administrator.list("Lab Result", filters, ["name", "lis_message", "reported_at"])

		found = wait_for(final, "result over HL7")[-1]
		self.lab_result = found["name"]
		doc = self.administrator.doc("Lab Result", self.lab_result)
		expect(found["lis_message"], "the result did not come through the LIS line")
		expect(doc["items"], "the result has no values")
		item = doc["items"][0]
		value = f"{item['analyte_name']} {item['value']} {item['unit']} ({item['reference_text']})"
		values = f"{value} {item['flag'] or 'в норме'}"
		return f"{self.lab_result} from {found['lis_message']}: {values}"

	def ready_notice(self) -> str:
		def notices() -> list[dict[str, Any]]:
			return [sms for sms in self.stack.sms(self.mobile) if "/my" in sms["text"]]

		text = wait_for(notices, "notice that the result is ready")[0]["text"]
		doc = self.administrator.doc("Lab Result", self.lab_result)
		for item in doc["items"]:
			expect(
				item["analyte_name"] not in text and str(item["value"]) not in text,
				"the notice tells medical content",
			)
		return f"SMS «{text}»"

	def sign_in(self) -> str:
		self.patient_browser.call("lab_crm.api.portal.request_code", mobile=self.mobile)

		def codes() -> list[str]:
			texts = [sms["text"] for sms in self.stack.sms(self.mobile)]
			return [match.group() for text in texts if (match := re.search(r"\b\d{6}\b", text))]

		code = wait_for(codes, "one-time code")[-1]
		self.patient_browser.call("lab_crm.api.portal.sign_in", mobile=self.mobile, code=code)
		answer = self.patient_browser.get("lab_crm.api.portal.my_results")
		self.portal_results = answer["results"]
		expect(
			any(each["name"] == self.lab_result for each in self.portal_results),
			"the result is not in the portal",
		)
		return f"code by SMS, {len(self.portal_results)} result in the portal"

	def download(self) -> str:
		url = f"{self.stack.web}/api/method/lab_crm.api.results.download"
		response = self.patient_browser.http.get(url, params={"result": self.lab_result}, timeout=60)
		expect(
			response.status_code == 200 and response.content.startswith(b"%PDF"),
			f"no PDF: {response.text[:200]}",
		)
		pages = PdfReader(BytesIO(response.content)).pages
		self.pdf_text = "\n".join(page.extract_text() for page in pages)
		self.pdf_links = [link for page in pages for link in _links_of(page)]
		expect(self.person["last_name"] in self.pdf_text, "the PDF does not name the patient")
		stranger = requests.get(url, params={"result": self.lab_result}, timeout=60)
		expect(stranger.status_code in (401, 403, 404), f"a stranger got {stranger.status_code}")
		return (
			f"{len(response.content) // 1024} KB, {len(pages)} page; a stranger gets {stranger.status_code}"
		)

	def verify(self) -> str:
		links = [link for link in self.pdf_links if "/v/" in link]
		expect(links, "the PDF has no verification link")
		token = links[0].split("/v/")[1].strip("/")
		answer = self.guest.get("lab_crm.api.results.verify", token=token)
		expect("items" not in answer and "value" not in str(answer), "verification tells results")
		return f"{answer}"

	def recall(self) -> str:
		"""A rule of one month that invites a month ahead calls at once: nobody waits half a year to see
		it."""
		rule = {
			"rule_name": f"Демо: контроль через месяц {secrets.token_hex(3)}",
			"service": self.service["name"],
			"months": 1,
			"lead_days": 31,
			"reason": "Врач рекомендовал контроль.",
		}
		administrator = self.stack.role("Lab Administrator")
		name = administrator.insert("Recall Rule", rule)["name"]
		done = administrator.call("lab_crm.recall.scan.run_now", rule=name)
		expect(done["planned"] >= 1, "the rule planned nothing")

		def invitations() -> list[str]:
			texts = [sms["text"] for sms in self.stack.sms(self.mobile)]
			return [match.group(1) for text in texts if (match := re.search(r"/r/(\S+)", text))]

		self.recall_token = wait_for(invitations, "invitation to the control")[0]
		administrator.update("Recall Rule", name, {"is_active": 0})
		return f"rule «{rule['rule_name']}», {done['planned']} planned; the SMS has a link"

	def book_again(self) -> str:
		offer = self.guest.get("lab_crm.api.recall.open_link", token=self.recall_token)
		expect(offer["slots"], "the invitation offers no time")
		slot = secrets.choice(offer["slots"])
		arguments = {
			"token": self.recall_token,
			"start": slot["start"],
			"idempotency_key": secrets.token_hex(16),
		}
		answer = self.guest.call("lab_crm.api.recall.book", **arguments)
		expect(answer["booking"] != self.booking, "no new booking")

		def booked() -> list[dict[str, Any]]:
			return self.administrator.list(
				"Recall", {"booking": answer["booking"], "status": "Booked"}, ["name"]
			)

		found = wait_for(booked, "recall marked as booked")[0]
		return f"{answer['booking']} at {answer['start']}, {found['name']} is booked"

	def events(self) -> str:
		fields = ["event", "booking", "visit", "lab_order"]
		found = self.administrator.list("Journey Event", {"patient": self.patient}, fields)
		chain = [each["event"] for each in found]
		for event in ("booking.created", "visit.checked_in", "order.accepted", "order.result_ready"):
			expect(event in chain, f"no {event} among the events: {chain}")
		return " → ".join(chain)


def _links_of(page) -> list[str]:
	"""Return where the links of a PDF page lead."""
	actions = [note.get_object().get("/A", {}) for note in page.get("/Annots", [])]
	return [str(action["/URI"]) for action in actions if "/URI" in action]


def walk(stack: Stack) -> int:
	"""Go the journey; print a line a step; return 0 only if every step held."""
	journey = Journey(stack)
	steps = journey.steps()
	for number, (title, step) in enumerate(steps, 1):
		try:
			print(f"✓ {number:>2}/{len(steps)} {title}: {step()}", flush=True)
		except (StepFailed, requests.RequestException) as failure:
			print(f"✗ {number:>2}/{len(steps)} {title}: {failure}", flush=True)
			return 1
		except Exception:
			print(f"✗ {number:>2}/{len(steps)} {title}:\n{traceback.format_exc()}", flush=True)
			return 1
	print(f"demo: all {len(steps)} steps held.")
	return 0


def main() -> int:
	"""Run from the command line."""
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument("--stack", type=Path, required=True, help="the state file of the running stack")
	parser.add_argument(
		"--patience", type=float, default=client.PATIENCE, help="seconds for what runs in the background"
	)
	given = parser.parse_args()
	client.PATIENCE = given.patience
	return walk(Stack(given.stack))


if __name__ == "__main__":
	sys.exit(main())
