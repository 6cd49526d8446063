"""The patient's own pages: signing in by phone and code, and one's own records only."""

from typing import Any

import frappe
from frappe import _

from lab_crm.api import rate
from lab_crm.api.arguments import Code, Text
from lab_crm.api.endpoint import endpoint
from lab_crm.booking import portal as bookings
from lab_crm.laboratory import portal as results
from lab_crm.messaging import sign_in_code
from lab_crm.patients import one_time_codes, phones, portal_access
from lab_crm.privacy import portal as own_consents
from lab_crm.utils.errors import Refusal

PATIENT = (portal_access.ROLE,)
# A patient's session ends after so long without use (hours:minutes:seconds), whatever the staff's setting is.
IDLE = "12:00:00"


@endpoint(guest=True, methods=("POST",), rate=(10, 600))
def request_code(mobile: Text) -> dict[str, int]:
	"""Send a one-time code to a patient's phone. The answer is the same whether it is a patient's or not."""
	sign_in_code.ask(_phone(mobile))
	return {"seconds": one_time_codes.LIFE_SECONDS}


@endpoint(guest=True, methods=("POST",), rate=(20, 600))
def sign_in(mobile: Text, code: Text) -> dict[str, bool]:
	"""Open a session with the code sent to the phone."""
	number = _phone(mobile)
	one_time_codes.redeem(number, code)
	frappe.local.login_manager.login_as(portal_access.account_of(number))
	frappe.session.data.session_expiry = IDLE
	frappe.local.session_obj.update(force=True)
	return {"signed_in": True}


@endpoint(methods=("POST",))
def sign_out() -> dict[str, bool]:
	"""End the session."""
	frappe.local.login_manager.logout()
	frappe.set_user("Guest")  # else the framework writes the session back at the end of the request
	return {"signed_in": False}


@endpoint(roles=PATIENT)
def my_patients() -> dict[str, Any]:
	"""Return the cards of the signed-in person: one's own, and those one may act for."""
	cards = portal_access.own_cards()
	if not cards:
		message = _("There is no card with your phone. Call us: we will find it")
		raise Refusal("NO_CARD", message, status=404)
	return {"patients": cards}


@endpoint(roles=PATIENT)
def my_results(patient: Text | None = None) -> dict[str, Any]:
	"""Return the list of results, the latest first."""
	return {"results": results.results_of(portal_access.chosen(patient))}


@endpoint(roles=PATIENT)
def my_result(result: Code, patient: Text | None = None) -> dict[str, Any]:
	"""Return one result with its values."""
	found = results.result(result, portal_access.chosen(patient))
	if not found:
		raise portal_access.not_found()
	return found


@endpoint(roles=PATIENT)
def my_trend(analyte: Code, patient: Code) -> dict[str, Any]:
	"""Return an analyte over time with its reference interval."""
	return results.trend(analyte, portal_access.chosen(patient)[0])


@endpoint(roles=PATIENT)
def my_bookings(patient: Text | None = None) -> dict[str, Any]:
	"""Return the bookings, the latest first, each with the token that opens it."""
	return {"bookings": [_booking(row) for row in bookings.bookings_of(portal_access.chosen(patient))]}


@endpoint(roles=PATIENT)
def my_consents(patient: Code) -> dict[str, Any]:
	"""Return what the patient has agreed to and may agree to."""
	return {"consents": own_consents.consents_of(portal_access.chosen(patient)[0])}


@endpoint(roles=PATIENT, methods=("POST",))
def set_consent(patient: Code, purpose: Code, given: bool) -> dict[str, Any]:
	"""Give or withdraw the consent to one purpose; it acts at once."""
	name = portal_access.chosen(patient)[0]
	return own_consents.change(name, purpose, given, portal_access.own_phone(), rate.client_address())


def _phone(mobile: str) -> str:
	number = phones.require(mobile)
	if not number:
		raise Refusal("PHONE_MISSING", _("Enter a mobile phone"), "mobile")
	return number


def _booking(row: dict[str, Any]) -> dict[str, Any]:
	kept = ("booking", "patient", "status", "start", "end", "total", "currency", "manage_token", "can_change")
	names = [service["service_name"] for service in row["services"]]
	place = {key: row["branch"][key] for key in ("branch_name", "address")}
	return {**{key: row[key] for key in kept}, **place, "services": names}
