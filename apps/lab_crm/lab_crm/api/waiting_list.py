"""The waiting list: a patient joins it, leaves it, and takes the time that was offered."""

from datetime import time
from typing import Annotated, Literal

import frappe
from frappe import _
from pydantic import Field
from typing_extensions import TypedDict

from lab_crm.api import rate
from lab_crm.api.arguments import Code, Codes, Day, LongText, Text, Token
from lab_crm.api.booking import Made, PatientIn, made
from lab_crm.api.endpoint import endpoint
from lab_crm.booking import service, waiting_list
from lab_crm.booking.waiting_match import WEEKDAYS, Wanted

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Joined(TypedDict):
	"""An entry of the list and the token by which its patient leaves it."""

	entry: str
	status: str
	leave_token: str


@endpoint(guest=True, methods=("POST",), rate=(10, 600))
def join(
	branch: Code,
	services: Codes,
	patient: PatientIn,
	consents: Annotated[list[Text], Field(max_length=20)],
	date_from: Day,
	date_to: Day,
	weekdays: Annotated[list[Weekday], Field(max_length=7)] | None = None,
	time_from: time | None = None,
	time_to: time | None = None,
	specialist: Text | None = None,
	comment: LongText | None = None,
) -> Joined:
	"""Wait for a time that becomes free: it is kept for a while and offered by message. Asked twice, it is
	one entry.
	"""
	days = frozenset(WEEKDAYS.index(day) for day in weekdays or ())
	doc = waiting_list.join(
		branch,
		services,
		patient.model_dump(exclude_none=True),
		consents,
		Wanted(date_from, date_to, days, time_from, time_to),
		specialist,
		comment or "",
		_("Ticked on the website, {0}").format(rate.client_address()),
	)
	return {"entry": doc.name, "status": doc.status, "leave_token": waiting_list.leave_token(doc)}


@endpoint(guest=True, methods=("POST",), rate=(30, 600))
def leave(token: Token) -> dict[str, str]:
	"""Leave the list by the link; leaving twice is leaving once."""
	doc = waiting_list.leave(token)
	return {"entry": doc.name, "status": doc.status}


@endpoint(guest=True, methods=("POST",), rate=(30, 600))
def accept(token: Token) -> Made:
	"""Take the time that was offered, by the link of its booking; 409 when it is kept no longer."""
	return made(frappe.get_doc("Booking", waiting_list.accept(service.by_token(token)).name))
