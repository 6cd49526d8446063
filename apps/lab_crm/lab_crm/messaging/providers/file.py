"""The offline SMS provider: one JSON object a line, appended to a file of the server."""

import fcntl
import json
import os
from pathlib import Path

import frappe

from lab_crm.messaging import sms
from lab_crm.messaging.providers.base import DeliveryError, Outgoing, Provider, Sent
from lab_crm.utils import clock

SETTING = "lab_crm_sms_log"


class FileProvider(Provider):
	"""Writes to the file of the site setting `lab_crm_sms_log`, by default `private/sms.log` of the site."""

	kinds = ("SMS",)
	is_near = True

	def send(self, outgoing: Outgoing) -> Sent:
		text = sms.tidy(outgoing.body)
		line = {
			"id": outgoing.id,
			"at": clock.now().isoformat(timespec="seconds"),
			"to": outgoing.recipient,
			"event": outgoing.event,
			"text": text,
			"segments": sms.segments(text),
		}
		try:
			self._append(outgoing, json.dumps(line, ensure_ascii=False))
		except OSError as error:
			raise DeliveryError(f"{path()}: {error.strerror}") from error
		return Sent(outgoing.id)

	def _append(self, outgoing: Outgoing, line: str) -> None:
		path().parent.mkdir(parents=True, exist_ok=True)
		with open(path(), "a+", encoding="utf-8") as log:
			os.chmod(log.fileno(), 0o600)
			fcntl.flock(log, fcntl.LOCK_EX)
			# A worker killed after writing and before saying so tries again: the line must not be there
			# twice.
			if outgoing.attempt > 1 and self._has(log, outgoing.id):
				return
			log.write(line + "\n")
			log.flush()
			os.fsync(log.fileno())

	def _has(self, log, message: str) -> bool:
		log.seek(0)
		return any(json.loads(line)["id"] == message for line in log if line.endswith("}\n"))


def path() -> Path:
	"""Return the file of the offline SMS provider."""
	return Path(frappe.conf.get(SETTING) or frappe.get_site_path("private", "sms.log"))
