"""Which browsers of a patient take notifications: an address at a push service and two keys each."""

import hashlib
from collections.abc import Iterable
from urllib.parse import urlsplit

import frappe
from frappe import _

from lab_crm.messaging import push_keys
from lab_crm.utils.errors import Refusal
from lab_crm.utils.once import insert_once

DOCTYPE = "Push Subscription"
# The push services of browsers. The server calls no other address, whatever a browser claims.
SERVICES = ("fcm.googleapis.com", "push.services.mozilla.com", "notify.windows.com", "push.apple.com")
# A phone, a tablet, two computers; who has more gives up the oldest.
MOST = 5
AUTH_OCTETS = 16


def add(patient: str, endpoint: str, p256dh: str, auth: str, own_service: str = "") -> None:
	"""Let a browser of a patient take notifications; once is enough.

	Args:
		patient: name of the Patient.
		endpoint: the browser's address at its push service.
		p256dh, auth: the browser's keys, base64url.
		own_service: address of the laboratory's own push service (`base_url` of the channel), if it has one.

	Raises:
		Refusal: PUSH_SERVICE_UNKNOWN, PUSH_KEYS_INVALID.
	"""
	if not is_service(endpoint, own_service):
		message = _("This browser's notifications go through a service we do not use")
		raise Refusal("PUSH_SERVICE_UNKNOWN", message, field="endpoint")
	if not push_keys.is_browser_key(p256dh) or len(push_keys.octets(auth)) != AUTH_OCTETS:
		raise Refusal("PUSH_KEYS_INVALID", _("The browser gave no usable keys"), field="p256dh")
	# One that came with a merged card has the key of that card.
	frappe.db.delete(DOCTYPE, {**_browser(patient, endpoint), "browser_key": ("!=", _key(patient, endpoint))})
	doc = frappe.new_doc(DOCTYPE)
	keys = {"p256dh": p256dh, "auth": auth}
	doc.update({"patient": patient, "endpoint": endpoint, "browser_key": _key(patient, endpoint), **keys})
	made = insert_once(doc, "browser_key")
	if made is not doc:
		made.db_set(keys)
	_keep_newest(patient)


def remove(patient: str, endpoint: str) -> None:
	"""Stop notifications of a patient in one browser."""
	frappe.db.delete(DOCTYPE, _browser(patient, endpoint))


def forget(endpoint: str) -> None:
	"""Forget a browser that is gone, for everybody who used it."""
	frappe.db.delete(DOCTYPE, {"endpoint": endpoint})


def of(patient: str) -> list[frappe._dict]:
	"""Return the browsers of a patient: endpoint, p256dh, auth."""
	return frappe.get_all(DOCTYPE, {"patient": patient}, ["endpoint", "p256dh", "auth"], order_by="creation")


def marks_of(patient: str) -> list[str]:
	"""Return digests of the patient's browsers, by which a browser finds itself."""
	return [mark(row.endpoint) for row in of(patient)]


def has(patient: str) -> bool:
	"""Tell whether a patient takes notifications anywhere."""
	return bool(frappe.db.exists(DOCTYPE, {"patient": patient}))


def owners(patients: Iterable[str]) -> set[str]:
	"""Return those of the patients who take notifications anywhere."""
	return set(frappe.get_all(DOCTYPE, {"patient": ("in", list(patients))}, pluck="patient"))


def mark(endpoint: str) -> str:
	"""Return the digest of a browser's address."""
	return hashlib.sha256(endpoint.encode()).hexdigest()


def is_service(endpoint: str, own_service: str = "") -> bool:
	"""Tell whether an address is one of a push service that we call."""
	if own_service:
		return endpoint.startswith(own_service.rstrip("/") + "/")
	address = urlsplit(endpoint)
	host = address.hostname or ""
	is_known = any(host == known or host.endswith(f".{known}") for known in SERVICES)
	return address.scheme == "https" and address.netloc == host and is_known


def _browser(patient: str, endpoint: str) -> dict[str, str]:
	return {"patient": patient, "endpoint": endpoint}


def _key(patient: str, endpoint: str) -> str:
	return mark(f"{patient} {endpoint}")


def _keep_newest(patient: str) -> None:
	names = frappe.get_all(DOCTYPE, {"patient": patient}, pluck="name", order_by="creation desc")
	for name in names[MOST:]:
		frappe.db.delete(DOCTYPE, {"name": name})
