"""What makes two messages one: the key a message is stored under once, and the digest that tells a repeat
from a mix-up.

Pure. The key is a digest so that the database compares it byte by byte: `a1` and `A1` are different control
IDs.
"""

from hashlib import sha256

from lab_crm.lis.hl7.header import clean, first_line

IN, OUT = "In", "Out"
# Types of the messages of analysers that speak ASTM: results, a question, an answer to one.
ASTM, ASTM_RESULTS, ASTM_QUERY, ASTM_ANSWER = "ASTM", "ASTM^R", "ASTM^Q", "ASTM^O"
# What tells an analyser of HL7 which tests to measure.
SPECIMEN_ORDER = "OML^O33"
TO_ANALYSERS = (ASTM_ANSWER, SPECIMEN_ORDER)  # never sent again by hand: it asks again


def message_key(direction: str, sending_application: str, control_id: str) -> str:
	"""Return the unique key of a message (MSH-3 and MSH-10 of one direction)."""
	return _digest("\x1f".join((direction, sending_application, control_id)).encode())


def records_key(connection: str, raw: bytes) -> str:
	"""Return the unique key of a message in records (E1394), which need not have a control ID: the whole of
	it, so that one sent again after a lost answer is known.
	"""
	return _digest(b"records\x1f" + connection.encode() + b"\x1f" + raw)


def event_key(event: str, kind: str) -> str:
	"""Return the unique key of the one outgoing message of a kind (NW, ADT …) that an event causes."""
	return _digest(f"event\x1f{event}\x1f{kind}".encode())


def refused_key(raw: bytes) -> str:
	"""Return the key under which a message we refused is kept: the same bytes once, a mended repeat is no
	duplicate.
	"""
	return _digest(b"refused\x1f" + raw)


def body_digest(raw: bytes) -> str:
	"""Return the digest of what a message says after its MSH, whose time of sending may differ when it is
	sent again.
	"""
	raw = clean(raw)
	lines = raw[len(first_line(raw)) :].replace(b"\n", b"\r").split(b"\r")
	return _digest(b"\r".join(line for line in lines if line))


def _digest(data: bytes) -> str:
	return sha256(data).hexdigest()
