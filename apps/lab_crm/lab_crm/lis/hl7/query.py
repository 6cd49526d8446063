"""Host query of HL7 (IHE LAW, LAB-27): QBP^Q11 asks about a tube, RSP^K11 says whether it is known.

What is to be measured follows in a message of its own, OML^O33 (LAB-28).
Source: HL7 v2.5.1 section 5.3, IHE PaLM TF-2b, Laboratory Analytical Workflow.
"""

from dataclasses import dataclass
from datetime import datetime

from lab_crm.lis.hl7 import ack
from lab_crm.lis.hl7.accept import Problem
from lab_crm.lis.hl7.escapes import escape
from lab_crm.lis.hl7.reader import Message, read

WORK_ORDER_STEP = "WOS"  # QPD-1: the question about one container
FOUND, NOT_FOUND, REFUSED = "OK", "NF", "AE"  # QAK-2, table 0208


@dataclass(frozen=True, slots=True)
class Question:
	"""What an analyser asks. `name` is QPD-1, `tag` QPD-2, `barcode` that of the container (QPD-3)."""

	message: Message
	name: str
	tag: str
	barcode: str


def question(text: str, codec: str = "utf-8") -> Question | None:
	"""Return what a QBP asks, None when it has no QPD.

	Raises:
		NotHL7: it does not begin with an MSH segment.
	"""
	message = read(text, codec)
	qpd = message.first("QPD")
	if qpd is None:
		return None
	return Question(message, qpd.text(1).upper(), qpd.text(2), qpd.text(3))


def response(asked: Question, status: str, response_id: str, at: datetime) -> str:
	"""Return RSP^K11.

	Args:
		asked: the question, whose delimiters and version are used.
		status: FOUND, NOT_FOUND or REFUSED (a question of a kind we do not answer).
		response_id: our MSH-10.
		at: the time now, with its offset.
	"""
	header = asked.message.header
	parts = header.separators
	refused = Problem("103", f"the query {asked.name} is not answered") if status == REFUSED else None
	lines = ack.build(header, "AE" if refused else "AA", response_id, at, refused).split("\r")
	msh = lines[0].split(parts.field)
	msh[8] = parts.component.join(("RSP", "K11", "RSP_K11"))
	qpd = asked.message.first("QPD")
	name = parts.field.join(("QAK", escape(asked.tag, parts), status, qpd.raw(1)))
	echo = parts.field.join(["QPD", *(qpd.raw(number) for number in range(1, len(qpd) + 1))])
	return "".join(f"{line}\r" for line in (parts.field.join(msh), *filter(None, lines[1:]), name, echo))
