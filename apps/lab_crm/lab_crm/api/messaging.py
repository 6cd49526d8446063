"""What SMS gateways report about messages: signed, taken once, whatever their order and repetition."""

import hashlib
import hmac
from typing import Annotated

import frappe
from frappe import _
from pydantic import Field
from typing_extensions import TypedDict

from lab_crm.api.arguments import Code, Text, Token
from lab_crm.api.endpoint import endpoint
from lab_crm.messaging import providers, receipts
from lab_crm.messaging.handover import REPORT_TOKEN
from lab_crm.messaging.providers import smsaero as aero
from lab_crm.messaging.providers import smsc as gateway
from lab_crm.utils import tokens
from lab_crm.utils.errors import Refusal

Status = Annotated[int, Field(ge=-10, le=1000)]
# A mailing of ten thousand is reported within minutes.
REPORTS = (3000, 60)


class Taken(TypedDict):
	"""What the message's status is after the report."""

	status: str


@endpoint(guest=True, methods=("POST",), rate=REPORTS)
def smsaero(token: Token, status: Status, id: Code | None = None, extendStatus: Text | None = None) -> Taken:
	"""Take a delivery report of SMS Aero; `token` came with the message (`callbackUrl`)."""
	message = tokens.read(REPORT_TOKEN, token)
	if not message:
		raise _foreign()
	error = "" if aero.STATUSES.get(status) != receipts.FAILED else f"SMS Aero {status} {extendStatus or ''}"
	return _apply(message, aero.STATUSES.get(status), id or "", error.strip())


@endpoint(guest=True, methods=("POST",), rate=REPORTS)
def smsc(
	id: Code,
	phone: Code,
	status: Status,
	err: Text | None = None,
	md5: Text | None = None,
	sha1: Text | None = None,
) -> Taken:
	"""Take a delivery report of smsc.ru, signed with the secret of reports (SHA-1, or MD5 without it)."""
	channels = [name for name in _channels("smsc") if _is_signed(name, f"{id}:{phone}:{status}", sha1, md5)]
	if not channels:
		raise _foreign()
	message = receipts.by_provider_id(channels, id)
	if not message:
		# Not recorded yet, perhaps: the gateway asks again later.
		raise Refusal("NOT_FOUND", _("There is no such record"), status=404)
	state = gateway.STATUSES.get(status)
	error = f"smsc.ru {status} {err or ''}".strip() if state == receipts.FAILED else ""
	return _apply(message, state, id, error)


def _apply(message: str, state: str | None, provider_id: str, error: str) -> Taken:
	return {"status": receipts.apply(message, state, provider_id, error)}


def _channels(provider: str) -> list[str]:
	return frappe.get_all("Message Channel", {"provider": provider}, pluck="name")


def _is_signed(channel: str, text: str, sha1: str | None, md5: str | None) -> bool:
	secret = providers.secret(channel, "webhook_secret")
	given, algorithm = (sha1, hashlib.sha1) if sha1 else (md5, hashlib.md5)
	if not secret or not given:
		return False
	# The gateway's own scheme; both digests here prove that the sender knows the secret.
	expected = algorithm(f"{text}:{secret}".encode(), usedforsecurity=False).hexdigest()
	return hmac.compare_digest(expected.encode(), given.lower().encode())


def _foreign() -> Refusal:
	return Refusal("FORBIDDEN", _("You have no access to this"), status=403)
