"""Tells the workers about new messages. Losing a word here loses nothing: the sweep finds rows still
Received.
"""

import logging
import queue
import threading
import time

import frappe
from redis.exceptions import RedisError

log = logging.getLogger("lab_crm.lis.listener")

PROCESS = "lab_crm.lis.inbox.process"
_MAX_NAMES = 100
_LINGER = 0.05  # seconds in which further messages join the same job


class HandOff(threading.Thread):
	"""Queues `process(names)` on the queue `lis`, a few messages a job, off the path of the acknowledgement.

	Args:
		site: name of the site.
		sites_path: folder of the sites.
	"""

	def __init__(self, site: str, sites_path: str):
		super().__init__(name="lis-handoff", daemon=True)
		self._site, self._sites_path = site, sites_path
		self._names: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()
		self._away = False

	def put(self, names: list[str]) -> None:
		"""Have messages processed."""
		self._names.put(names)

	def stop(self, timeout: float) -> None:
		"""Queue what was put, then end."""
		self._names.put(None)
		self.join(timeout)

	def run(self) -> None:
		frappe.init(site=self._site, sites_path=self._sites_path)
		while (names := self._names.get()) is not None:
			ending = self._gather(names)
			self._enqueue(names)
			if ending:
				break
		frappe.destroy()

	def _gather(self, names: list[str]) -> bool:
		"""Add what comes within the linger to `names`; return whether the end came."""
		ends = time.monotonic() + _LINGER
		while len(names) < _MAX_NAMES:
			try:
				more = self._names.get(timeout=max(ends - time.monotonic(), 0))
			except queue.Empty:
				return False
			if more is None:
				return True
			names.extend(more)
		return False

	def _enqueue(self, names: list[str]) -> None:
		try:
			frappe.enqueue(PROCESS, queue="lis", names=names)
		except (RedisError, OSError) as error:
			if not self._away:
				log.error("the job queue is away, the sweep will find the messages: %s", error)
			self._away = True
		except Exception:  # whatever it is, the next messages must still be handed on
			log.exception("messages were not handed on, the sweep will find them")
		else:
			self._away = False
