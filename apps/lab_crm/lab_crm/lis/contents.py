"""What a stored result message says, whichever language it is in: HL7 v2 or the records of ASTM E1394."""

from lab_crm.lis.astm import records
from lab_crm.lis.astm import results as astm_results
from lab_crm.lis.hl7 import oru
from lab_crm.lis.hl7.oru import Results


def results(raw: str | None, codec: str | None) -> Results:
	"""Return the results of a message.

	Args:
		raw: the decoded message.
		codec: Python name of the character set it came in; empty means UTF-8.

	Raises:
		NotHL7: it is a message of neither kind.
	"""
	raw = raw or ""
	return astm_results.parse(raw) if records.is_message(raw) else oru.parse(raw, codec or "utf-8")
