"""Invitations to a control: opened by a link, booked in two clicks."""

from typing import Annotated, Any

from pydantic import Field

from lab_crm.api.arguments import Code, Moment, Token
from lab_crm.api.booking import Made, made
from lab_crm.api.endpoint import endpoint
from lab_crm.recall import offer

Key = Annotated[Code, Field(min_length=8)]


@endpoint(guest=True, rate=(60, 60))
def open_link(token: Token) -> dict[str, Any]:
	"""Return what the invitation offers: reason, services, branch, a few free times."""
	return offer.of(offer.by_token(token))


@endpoint(guest=True, methods=("POST",), rate=(30, 600))
def book(token: Token, start: Moment, idempotency_key: Key) -> Made:
	"""Book one of the offered times. 409 with the nearest free times when it is gone."""
	return made(offer.book(offer.by_token(token), start, idempotency_key))
