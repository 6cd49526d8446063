"""Messengers: joined and left in the portal; what their bots are told comes in by webhooks."""

from typing import Any

import frappe
from frappe import _

from lab_crm.api.arguments import Code
from lab_crm.api.endpoint import endpoint
from lab_crm.api.messaging import REPORTS
from lab_crm.messaging import bots, chats, providers, settings
from lab_crm.patients import portal_access
from lab_crm.utils.errors import Refusal

PATIENT = (portal_access.ROLE,)


@endpoint(roles=PATIENT)
def state(patient: Code) -> dict[str, Any]:
	"""Return the messengers that can be joined, and whether the patient has."""
	joined = chats.of(portal_access.chosen(patient)[0])
	kinds = [kind for kind in chats.KINDS if settings.first_channel(kind)]
	return {"messengers": [{"kind": kind, "joined": kind in joined} for kind in kinds]}


@endpoint(roles=PATIENT, methods=("POST",))
def join(patient: Code, kind: Code) -> dict[str, str]:
	"""Return a one-time link that opens the bot and joins the chat to the patient."""
	name = portal_access.chosen(patient)[0]
	channel = settings.first_channel(kind) if kind in chats.KINDS else None
	if not channel:
		raise Refusal("CHANNEL_OFF", _("This messenger is switched off at the laboratory"), status=409)
	return {"url": providers.of_channel(channel).invitation(chats.invite(name, kind))}


@endpoint(roles=PATIENT, methods=("POST",))
def leave(patient: Code, kind: Code) -> dict[str, bool]:
	"""Write to the patient by this messenger no more."""
	chats.part(portal_access.chosen(patient)[0], kind)
	return {"joined": False}


@endpoint(guest=True, methods=("POST",), rate=REPORTS)
def telegram() -> dict[str, bool]:
	"""Take an update of Telegram; its header carries the secret given with `setWebhook`."""
	return _take("telegram")


@endpoint(guest=True, methods=("POST",), rate=REPORTS)
def max() -> dict[str, bool]:
	"""Take an update of MAX; its header carries the secret given with the subscription."""
	return _take("max")


def _take(provider: str) -> dict[str, bool]:
	secret = frappe.request.headers.get(providers.kind(provider).header) or ""
	if not bots.take(provider, secret, frappe.request.get_data()):
		raise Refusal("FORBIDDEN", _("You have no access to this"), status=403)
	return {"taken": True}
