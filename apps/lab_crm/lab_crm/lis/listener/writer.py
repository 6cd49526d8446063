"""Stores messages from one thread, as many as have come in one transaction (group commit)."""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab_crm.lis.listener.store import Profile, Row, Saved, Store, Unavailable, Unstorable

log = logging.getLogger("lab_crm.lis.listener")

_MAX_ROWS = 200
_MAX_BYTES = 4 * 1024 * 1024
_REFRESH = 30.0  # seconds between readings of the connections
_PAUSES = (0.2, 0.5, 1, 2, 5)  # seconds between tries while the database is away

Result = list[Saved] | Unstorable
Done = Callable[[Result], None]


@dataclass(frozen=True, slots=True)
class _Job:
	rows: Sequence[Row]
	done: Done

	@property
	def size(self) -> int:
		return sum(len(row.raw) for row in self.rows)


class Writer(threading.Thread):
	"""The thread that stores. While the database is away its jobs wait, unanswered.

	Args:
		store: the database, used by this thread alone from now on.
		loop: the event loop in which results are delivered.
		on_saved: called in this thread with the names of new rows to process.
		on_profiles: called in the loop with the connections, now and then.
	"""

	def __init__(
		self,
		store: Store,
		loop: asyncio.AbstractEventLoop,
		on_saved: Callable[[list[str]], None],
		on_profiles: Callable[[list[Profile]], None],
	):
		super().__init__(name="lis-writer", daemon=True)
		self._store, self._loop = store, loop
		self._on_saved, self._on_profiles = on_saved, on_profiles
		self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
		self._stopping = threading.Event()
		self._failures = 0
		self._refreshed = time.monotonic()

	def submit(self, rows: Sequence[Row], done: Done) -> None:
		"""Have rows stored together; `done` gets the result in the event loop."""
		self._jobs.put(_Job(rows, done))

	def stop(self, timeout: float) -> bool:
		"""Store what was submitted, then end; return whether that was possible in `timeout` seconds."""
		self._stopping.set()
		self._jobs.put(None)
		self.join(timeout)
		return not self.is_alive()

	def run(self) -> None:
		while (batch := self._next_batch()) is not None:
			if batch:
				self._save(batch)
			if time.monotonic() - self._refreshed > _REFRESH:
				self._refresh()
		self._store.close()

	def _next_batch(self) -> list[_Job] | None:
		"""Wait for jobs; return those that wait together, none after a quiet while, None when it is time to
		end.
		"""
		batch: list[_Job] = []
		rows = size = 0
		try:
			job = self._jobs.get(timeout=_REFRESH)
			while job is not None:
				batch.append(job)
				rows += len(job.rows)
				size += job.size
				if rows >= _MAX_ROWS or size >= _MAX_BYTES:
					return batch
				job = self._jobs.get_nowait()
		except queue.Empty:
			return batch
		if batch:
			self._jobs.put(None)  # the end mark came behind the last jobs: meet it again after them
		return batch or None

	def _save(self, batch: list[_Job]) -> None:
		"""Store a batch, however long the database takes to come back."""
		while True:
			try:
				results = self._attempt(batch)
			except Unavailable as error:
				if not self._wait(error):
					return
				continue
			break
		if self._failures:
			log.warning("the database is back after %d tries", self._failures)
			self._failures = 0
		self._loop.call_soon_threadsafe(_deliver, batch, results)
		names = [
			place.name
			for job, result in zip(batch, results, strict=True)
			if not isinstance(result, Unstorable)
			for row, place in zip(job.rows, result, strict=True)
			if place.fresh and row.status == "Received"
		]
		if names:
			self._on_saved(names)

	def _attempt(self, batch: list[_Job]) -> list[Result]:
		try:
			places = iter(self._store.save([row for job in batch for row in job.rows]))
		except Unstorable as error:
			if len(batch) == 1:
				log.error("a message cannot be stored: %s", error)
				return [error]
			return [self._attempt([job])[0] for job in batch]
		return [[next(places) for _row in job.rows] for job in batch]

	def _wait(self, error: Unavailable) -> bool:
		"""Pause before another try; return False when we are told to end meanwhile."""
		if self._failures == 0:
			log.error("the database is away, messages wait unacknowledged: %s", error)
		pause = _PAUSES[min(self._failures, len(_PAUSES) - 1)]
		self._failures += 1
		return not self._stopping.wait(pause)

	def _refresh(self) -> None:
		self._refreshed = time.monotonic()
		try:
			profiles = self._store.profiles()
		except Unavailable as error:
			log.warning("the connections cannot be read: %s", error)
			return
		self._loop.call_soon_threadsafe(self._on_profiles, profiles)


def _deliver(batch: list[_Job], results: list[Result]) -> None:
	for job, result in zip(batch, results, strict=True):
		job.done(result)
