"""Online booking: free times, a booking, and what its patient may do with it by the link."""

from typing import Annotated, Any, Literal, NotRequired

import frappe
from frappe import _
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict
from werkzeug.wrappers import Response

from lab_crm.api import rate
from lab_crm.api.arguments import Code, Codes, Day, LongText, Moment, Text, Token
from lab_crm.api.catalogue import check_branch
from lab_crm.api.endpoint import endpoint
from lab_crm.booking import alternatives, availability, service, view
from lab_crm.catalogue import price_book
from lab_crm.erp import links

Key = Annotated[Code, Field(min_length=8)]


class PatientIn(BaseModel):
	"""Who comes. The birth date is ISO, the phone as people write it."""

	model_config = ConfigDict(extra="ignore")
	last_name: Text
	first_name: Text
	middle_name: Text | None = None
	birth_date: Text
	sex: Text | None = None
	mobile: Text | None = None
	email: Text | None = None


class SourceIn(BaseModel):
	"""Where the patient came from."""

	model_config = ConfigDict(extra="ignore")
	channel: Literal["Website", "Widget", "Maps", "Aggregator", "Messenger", "API"] | None = None
	utm_source: Text | None = None
	utm_medium: Text | None = None
	utm_campaign: Text | None = None
	utm_term: Text | None = None
	utm_content: Text | None = None
	call_id: Text | None = None


class Slot(TypedDict):
	"""A free start: local time with offset, who and what would be taken, how many patients could start
	then.
	"""

	start: str
	end: str
	specialist: str | None
	specialist_name: str | None
	resource: str | None
	free: int


class Slots(TypedDict):
	"""Free starts, ascending."""

	slots: list[Slot]


class Made(TypedDict):
	"""A booking and the token by which its patient manages it."""

	booking: str
	status: str
	start: str
	end: str
	total: float
	prepayment: float
	currency: str
	manage_token: str
	manage_url: str
	payment_url: NotRequired[str]


class Suggestions(TypedDict):
	"""Panels that fit what was chosen, and the first free time in other branches."""

	panels: list[dict[str, Any]]
	alternatives: list[dict[str, Any]]


@endpoint(guest=True, rate=(240, 60))
def get_slots(
	branch: Code,
	services: Codes,
	date_from: Day | None = None,
	date_to: Day | None = None,
	specialist: Text | None = None,
	funding: Literal["Self-pay", "OMS", "DMS", "Corporate"] = "Self-pay",
) -> Slots:
	"""Return the free times of a visit; by default of a fortnight from today."""
	found = availability.get_slots(branch, services, date_from, date_to, specialist, funding=funding)
	return {"slots": found}


@endpoint(guest=True, methods=("POST",), rate=(30, 600))
def create_booking(
	branch: Code,
	services: Codes,
	start: Moment,
	patient: PatientIn,
	consents: Annotated[list[Text], Field(max_length=20)],
	source: SourceIn | None = None,
	idempotency_key: Key | None = None,
	specialist: Text | None = None,
) -> Made:
	"""Book a visit. 409 with the nearest free times when the time is gone; the same key returns the same
	booking.
	"""
	given = source.model_dump(exclude_none=True) if source else {}
	given["evidence"] = _("Ticked on the website, {0}").format(rate.client_address())
	doc = service.create(
		branch,
		services,
		start,
		patient.model_dump(exclude_none=True),
		consents,
		given,
		idempotency_key,
		specialist=specialist,
	)
	return made(doc)


@endpoint(guest=True, rate=(120, 60))
def get_booking(token: Token) -> dict[str, Any]:
	"""Return the booking behind a link, with what may still be done with it."""
	return view.of(frappe.get_doc("Booking", service.by_token(token)))


@endpoint(guest=True, methods=("POST",), rate=(30, 600))
def reschedule_booking(token: Token, start: Moment, specialist: Text | None = None) -> Made:
	"""Move the booking behind a link. 409 with the nearest free times when the time is gone."""
	return made(service.reschedule(service.by_token(token), start, specialist))


@endpoint(guest=True, methods=("POST",), rate=(30, 600))
def cancel_booking(token: Token, reason: LongText | None = None) -> Made:
	"""Cancel the booking behind a link; cancelling twice is cancelling once."""
	return made(service.cancel(service.by_token(token), reason or ""))


@endpoint(guest=True, rate=(60, 60))
def calendar(token: Token) -> Response:
	"""Return the booking behind a link as an iCalendar file."""
	doc = frappe.get_doc("Booking", service.by_token(token))
	disposition = {"Content-Disposition": f'attachment; filename="{doc.name}.ics"'}
	return Response(view.calendar(doc), mimetype="text/calendar", headers=disposition)


@endpoint(guest=True, rate=(120, 60))
def suggest(services: Codes, branch: Text | None = None) -> Suggestions:
	"""Return panels that save money on the chosen services, and where else they are done soon."""
	if branch:
		check_branch(branch)
	offers = price_book.suggest(services, branch, online_only=True)
	panels = [
		{
			**vars(offer),
			"price": float(offer.price),
			"saving": float(offer.saving),
			"extra": float(offer.extra),
		}
		for offer in offers
	]
	return {"panels": panels, "alternatives": alternatives.elsewhere(services, branch) if branch else []}


def made(doc) -> Made:
	"""Return a booking as its patient gets it from a call that changed it."""
	seen = view.of(doc)
	kept = {
		key: seen[key] for key in ("booking", "status", "start", "end", "total", "prepayment", "currency")
	}
	url = links.url_of(doc)
	to_pay = {"payment_url": url} if url else {}
	manage = {"manage_token": service.manage_token(doc), "manage_url": service.manage_url(doc)}
	return {**kept, **manage, **to_pay}
