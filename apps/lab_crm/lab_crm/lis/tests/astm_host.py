"""The host's line in the hands of a test: it says bytes to it, lets time pass, and hears what it answers."""

from hypothesis import strategies as st

from lab_crm.lis.astm import frames
from lab_crm.lis.astm.events import Arrived, Broken, Write
from lab_crm.lis.astm.link import Link

MESSAGE = b"H|\\^&|||ANALYSER\rP|1\rO|1|123456789012||^^^GLU\rR|1|^^^GLU|5.4|mmol/L\rL|1|N\r"
LIMIT = frames.SHORT

text_bytes = st.integers(0x20, 0xFF).filter(lambda byte: byte != 0x7C)
lines = st.lists(text_bytes, min_size=1, max_size=600).map(bytes).filter(lambda line: line[:1] not in b"HL ")
messages = st.lists(lines, max_size=6).map(
	lambda found: b"H|\\^&\r" + b"".join(line + b"\r" for line in found) + b"L|1|N\r"
)


def written(events) -> bytes:
	"""What the events send."""
	return b"".join(event.data for event in events if isinstance(event, Write))


def of(kind, events) -> list:
	return [event for event in events if isinstance(event, kind)]


class Host:
	"""A line that stores at once whatever arrives, unless told otherwise."""

	def __init__(self, **limits):
		self.link = Link(**limits)
		self.arrived: list[bytes] = []
		self.broken: list[Broken] = []
		self.events: list = []
		self.stores = True
		self.now = 0.0

	def say(self, data: bytes) -> bytes:
		"""What it answers to bytes."""
		return self._out(self.link.feed(data, self.now))

	def later(self, seconds: float) -> bytes:
		"""What it says after a time of silence, its clock being looked at as often as it wants."""
		ends = self.now + seconds
		said = b""
		while (due := self.link.deadline) is not None and due <= ends:
			self.now = max(due, self.now)
			said += self._out(self.link.tick(self.now))
		self.now = ends
		return said

	def send(self, message: bytes, key: str = "m", limit: int = LIMIT) -> bytes:
		return self._out(self.link.send(key, message, limit, self.now))

	def _out(self, events) -> bytes:
		said = written(events)
		self.events += events
		self.broken += of(Broken, events)
		for event in of(Arrived, events):
			self.arrived.append(event.message)
			if event.waiting and self.stores is not None:
				said += self._out(self.link.stored(self.stores, self.now))
		return said
