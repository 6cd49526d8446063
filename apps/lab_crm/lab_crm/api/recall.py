"""Invitations to a control: opened by a link, booked in two clicks, or declined."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from lab_crm.api.arguments import Code, Moment, Text, Token
from lab_crm.api.booking import Made, made
from lab_crm.api.endpoint import endpoint
from lab_crm.recall import offer

Key = Annotated[Code, Field(min_length=8)]


class Status(TypedDict):
	"""What became of an invitation."""

	status: str


@endpoint(guest=True, rate=(60, 60))
def open_link(token: Token) -> dict[str, Any]:
	"""Return what the invitation offers: reason, services, branch, a few free times."""
	return offer.of(offer.by_token(token))


@endpoint(guest=True, methods=("POST",), rate=(30, 600))
def book(token: Token, start: Moment, idempotency_key: Key | None = None) -> Made:
	"""Book one of the offered times. 409 with the nearest free times when it is gone.

	One invitation makes one booking, whatever the key: the same time again returns it, another is refused.
	"""
	return made(offer.book(offer.by_token(token), start))


@endpoint(guest=True, methods=("POST",), rate=(30, 600))
def dismiss(token: Token, reason: Text | None = None) -> Status:
	"""Decline an invitation; declining twice is declining once."""
	offer.dismiss(token, reason or "")
	return {"status": "Dismissed"}
