"""Chats of patients with the laboratory's bots: joined by a one-time link from the portal, left at a word.

The link's token lives shortly, in Redis, and belongs to the first chat that brings it: the same update, sent
twice, joins once; a link passed on to somebody else joins nobody.
"""

import hashlib
import secrets
from collections.abc import Iterable

import frappe

from lab_crm.utils.once import insert_once

DOCTYPE = "Messenger Chat"
KINDS = ("Telegram", "MAX")
LIFE_SECONDS = 15 * 60


def invite(patient: str, kind: str) -> str:
	"""Return a one-time token by which a chat is joined to a patient (32 characters of base64url).

	Args:
		patient: name of the Patient.
		kind: one of `KINDS`.
	"""
	token = secrets.token_urlsafe(24)
	frappe.cache.set(_key("invite", token), f"{kind} {patient}", ex=LIFE_SECONDS)
	return token


def join(kind: str, chat: str, token: str) -> bool:
	"""Join a chat to the patient whose token it brings; tell whether the token is good.

	Args:
		kind: one of `KINDS`.
		chat: the messenger's id of the chat.
		token: what stood in the link.
	"""
	told = frappe.cache.get(_key("invite", token))
	if not told:
		return False
	invited, patient = told.decode().split(" ", 1)
	if invited != kind:
		return False
	owner = _key("owner", token)
	frappe.cache.set(owner, chat, ex=LIFE_SECONDS, nx=True)
	if (frappe.cache.get(owner) or b"").decode() != chat or not frappe.db.exists("Patient", patient):
		return False
	key = f"{kind}:{patient}"
	# A chat that came with a merged card has the key of that card.
	frappe.db.delete(DOCTYPE, {"patient": patient, "kind": kind, "chat_key": ("!=", key)})
	doc = frappe.new_doc(DOCTYPE)
	doc.update({"patient": patient, "kind": kind, "chat": chat, "chat_key": key})
	made = insert_once(doc, "chat_key")
	if made is not doc:
		made.db_set("chat", chat)
	return True


def leave(kind: str, chat: str) -> bool:
	"""Forget a chat, for everybody who is written to there; tell whether there was one."""
	known = frappe.db.exists(DOCTYPE, {"kind": kind, "chat": chat})
	frappe.db.delete(DOCTYPE, {"kind": kind, "chat": chat})
	return bool(known)


def part(patient: str, kind: str) -> None:
	"""Write to a patient by this messenger no more."""
	frappe.db.delete(DOCTYPE, {"patient": patient, "kind": kind})


def of(patient: str) -> dict[str, str]:
	"""Return the chats of a patient by kind; of several that merged cards brought, the newest."""
	rows = frappe.get_all(DOCTYPE, {"patient": patient}, ["kind", "chat"], order_by="creation")
	return {row.kind: row.chat for row in rows}


def joined(patients: Iterable[str], kind: str) -> set[tuple[str, str]]:
	"""Return the chats of patients by one messenger: patient and chat."""
	filters = {"patient": ("in", list(patients)), "kind": kind}
	return set(frappe.get_all(DOCTYPE, filters, ["patient", "chat"], as_list=True))


def _key(what: str, token: str) -> bytes:
	digest = hashlib.sha256(token.encode()).hexdigest()
	return frappe.cache.make_key(f"lab_crm:chat_{what}:{digest}")
