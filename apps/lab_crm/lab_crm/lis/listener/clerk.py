"""Answers what an analyser asks while it waits: one thread that knows the site, off the path of other
messages.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

import frappe

log = logging.getLogger("lab_crm.lis.listener")

Done = Callable[[Any], None]


class Clerk(threading.Thread):
	"""Calls functions of the app with a connection to the site, one after the other.

	Args:
		site: name of the site.
		sites_path: folder of the sites.
		loop: where answers are wanted.
	"""

	def __init__(self, site: str, sites_path: str, loop: asyncio.AbstractEventLoop):
		super().__init__(name="lis-clerk", daemon=True)
		self._site, self._sites_path, self._loop = site, sites_path, loop
		self._jobs: queue.SimpleQueue[tuple[str, dict[str, Any], Done | None] | None] = queue.SimpleQueue()

	def ask(self, method: str, done: Done | None = None, **arguments: Any) -> None:
		"""Have a function called; `done` gets what it returns in the event loop, None when it failed."""
		self._jobs.put((method, arguments, done))

	def stop(self, timeout: float) -> None:
		"""Do what was asked, then end."""
		self._jobs.put(None)
		self.join(timeout)

	def run(self) -> None:
		while (job := self._jobs.get()) is not None:
			method, arguments, done = job
			answer = self._call(method, arguments)
			if done:
				self._loop.call_soon_threadsafe(done, answer)

	def _call(self, method: str, arguments: dict[str, Any]) -> Any:
		try:
			frappe.init(site=self._site, sites_path=self._sites_path)
			frappe.connect()
			answer = frappe.get_attr(method)(**arguments)
			frappe.db.commit()
			return answer
		except (
			Exception
		):  # whatever it is, the next analyser must still be answered; the log says what it was
			log.exception("%s failed", method)
			return None
		finally:
			frappe.destroy()
