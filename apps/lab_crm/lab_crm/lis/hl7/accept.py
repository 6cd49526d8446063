"""Which messages we take, and what is wrong with the others, in the words of HL7 table 0357."""

from dataclasses import dataclass

from lab_crm.lis.hl7.header import Header

# message code → its events; "" = sent without an event, as old instruments do
RESULTS = {"ORU": {"R01", "R03", "R30", "R31", "R32", ""}, "OUL": {"R21", "R22", "R23", "R24", ""}}
MERGES = {"ADT": {"A40"}}
PATIENT_UPDATES = {"ADT": {"A08", "A31"}}
MASTER_FILES = {"MFN": {"M04", "M08", "M09", "M10"}}
QUERIES = {"QBP": {"Q11"}}
RESPONSES = {
	"ORL": {"O22", "O34", "O36", ""},
	"ORR": {"O02", ""},
	"ACK": None,  # any event: it is that of the message it answers
}
_TAKEN = {**RESULTS, **MASTER_FILES, **QUERIES, "ADT": MERGES["ADT"] | PATIENT_UPDATES["ADT"], **RESPONSES}
_PROCESSING_IDS = {"", "P", "T", "D"}
_CONTROL_ID_LENGTH = 199  # HL7 v2.7; earlier versions say 20

_WORDS = {
	"100": "Segment sequence error",
	"101": "Required field missing",
	"102": "Data type error",
	"103": "Table value not found",
	"104": "Value too long",
	"200": "Unsupported message type",
	"201": "Unsupported event code",
	"202": "Unsupported processing ID",
	"203": "Unsupported version ID",
	"205": "Duplicate key identifier",
	"207": "Application internal error",
}


@dataclass(frozen=True, slots=True)
class Problem:
	"""Why a message is not taken.

	Args:
		code: a code of HL7 table 0357.
		detail: a sentence for the people of the other system.
		field: where in MSH, or 0 when it is not about a field.
		reject: True = AR (never send it like this again), False = AE.
	"""

	code: str
	detail: str
	field: int = 0
	reject: bool = False

	@property
	def words(self) -> str:
		"""The code's own words."""
		return _WORDS[self.code]


def is_of(message_type: str, family: dict[str, set[str]]) -> bool:
	"""Tell whether a message type (`ADT^A08`) is of a family above."""
	code, _caret, event = message_type.partition("^")
	return event in family.get(code, ())


def check(header: Header) -> Problem | None:
	"""Return why we cannot take a message with this header, or None when we can."""
	if not header.code:
		return Problem("101", "MSH-9 (message type) is empty", 9, reject=True)
	events = _TAKEN.get(header.code, ())
	if events is not None and header.event not in events:
		code = "201" if events else "200"
		return Problem(code, f"{header.message_type} is not supported", 9, reject=True)
	if header.processing_id not in _PROCESSING_IDS:
		return Problem("202", f"processing ID {header.processing_id} is not supported", 11, reject=True)
	if header.version and not header.version.startswith("2"):
		return Problem("203", f"version {header.version} is not supported", 12, reject=True)
	if not header.control_id:
		return Problem("101", "MSH-10 (message control ID) is empty", 10)
	if len(header.control_id) > _CONTROL_ID_LENGTH:
		return Problem("104", "MSH-10 (message control ID) is longer than 199 characters", 10)
	return None
