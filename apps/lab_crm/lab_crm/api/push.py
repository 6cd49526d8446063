"""Notifications in the patient's browser: switched in the portal, reported by the service worker."""

from typing import Annotated, Any

from frappe import _
from pydantic import StringConstraints

from lab_crm.api.arguments import Code, Token
from lab_crm.api.endpoint import endpoint
from lab_crm.api.messaging import REPORTS, Taken
from lab_crm.messaging import providers, push_keys, receipts, settings, subscriptions
from lab_crm.messaging.handover import REPORT_TOKEN
from lab_crm.patients import portal_access
from lab_crm.utils import tokens
from lab_crm.utils.errors import Refusal

PATIENT = (portal_access.ROLE,)
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


@endpoint(roles=PATIENT)
def state(patient: Code) -> dict[str, Any]:
	"""Return the key for subscribing, empty while the channel is off, and digests of known browsers."""
	name = portal_access.chosen(patient)[0]
	channel = settings.first_channel("Push")
	key = push_keys.public(providers.secret(channel, "secret")) if channel else ""
	return {"key": key, "browsers": subscriptions.marks_of(name)}


@endpoint(roles=PATIENT, methods=("POST",))
def subscribe(patient: Code, endpoint: Address, p256dh: Code, auth: Code) -> dict[str, bool]:
	"""Let this browser show the patient's notifications."""
	name = portal_access.chosen(patient)[0]
	channel = settings.first_channel("Push")
	if not channel:
		raise Refusal("CHANNEL_OFF", _("Notifications are switched off at the laboratory"), status=409)
	subscriptions.add(name, endpoint, p256dh, auth, providers.address(channel))
	return {"on": True}


@endpoint(roles=PATIENT, methods=("POST",))
def unsubscribe(patient: Code, endpoint: Address) -> dict[str, bool]:
	"""Show the patient's notifications in this browser no more."""
	subscriptions.remove(portal_access.chosen(patient)[0], endpoint)
	return {"on": False}


@endpoint(guest=True, methods=("POST",), rate=REPORTS)
def arrived(token: Token) -> Taken:
	"""Take the word of a browser that it has shown a message; `token` came with it."""
	message = tokens.read(REPORT_TOKEN, token)
	if not message:
		raise Refusal("FORBIDDEN", _("You have no access to this"), status=403)
	return {"status": receipts.apply(message, receipts.DELIVERED)}
