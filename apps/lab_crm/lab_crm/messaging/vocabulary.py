"""What messages exist: their events, and the variables each event may put into a text.

A text can only use what stands here. Names of services, diagnoses and results are in no list: messages carry
no medical content.
"""

from dataclasses import dataclass

SERVICE = "Service Messages"
MARKETING = "Marketing"
REQUESTED = "Requested by Patient"
RESULTS = "Results by Email"
PURPOSES = (SERVICE, MARKETING, RESULTS, REQUESTED)

_PERSON = ("patient_name", "clinic", "clinic_phone")
_VISIT = (
	*_PERSON,
	"date",
	"weekday",
	"time",
	"day",
	"branch",
	"address",
	"how_to_find",
	"specialist",
	"preparation",
	"bring",
	"manage_link",
	"booking_link",
)


@dataclass(frozen=True)
class Event:
	"""What a kind of message may say.

	Args:
		variables: names that a text may use.
		secret: those of them that are never stored in readable form.
		purposes: consents by which it may go. What the patient has just asked for needs none, so no other
			event may use that purpose; and what invites to buy goes by the consent to marketing only.
		can_answer: it may answer what the patient has just done, past quiet hours and caps.
		ended_by: journey events about the same booking after which nobody needs it any more.
		ended_by_patient: the same for whatever the patient does next.
	"""

	variables: tuple[str, ...]
	secret: tuple[str, ...] = ()
	purposes: tuple[str, ...] = (SERVICE,)
	can_answer: bool = True
	ended_by: tuple[str, ...] = ()
	ended_by_patient: tuple[str, ...] = ()


_CHANGED = ("booking.confirmed", "booking.rescheduled", "booking.cancelled", "visit.checked_in")
_PAID = ("payment.received", "booking.prepayment_waived", *_CHANGED)
_CAME = ("booking.created", "order.placed")

EVENTS: dict[str, Event] = {
	"booking.created": Event(_VISIT, ended_by=_CHANGED),
	"booking.rescheduled": Event((*_VISIT, "old_date", "old_time"), ended_by=_CHANGED),
	"booking.cancelled": Event((*_VISIT, "reason")),
	"booking.reminder": Event((*_VISIT, "hours"), can_answer=False, ended_by=_CHANGED),
	"booking.prepayment": Event((*_VISIT, "amount", "hold_minutes", "payment_link"), ended_by=_PAID),
	"payment.late": Event((*_VISIT, "amount")),
	"booking.released": Event((*_VISIT, "amount")),
	"booking.missed": Event((*_VISIT, "next_time"), can_answer=False, ended_by_patient=_CAME),
	"waiting_list.offer": Event((*_VISIT, "hold_minutes"), ended_by=_CHANGED),
	"result.ready": Event(
		(*_PERSON, "portal_link", "branch", "address"), purposes=(SERVICE, RESULTS), can_answer=False
	),
	"specimen.recollection": Event((*_PERSON, "branch", "address"), can_answer=False, ended_by_patient=_CAME),
	"portal.code": Event(("code", "minutes", "clinic"), secret=("code",), purposes=(REQUESTED,)),
	"recall.invite": Event(
		(*_PERSON, "reason", "link", "date"),
		purposes=(SERVICE, MARKETING),
		can_answer=False,
		ended_by_patient=_CAME,
	),
	"recall.certificate": Event(
		(*_PERSON, "reason", "link", "date"),
		purposes=(SERVICE, MARKETING),
		can_answer=False,
		ended_by_patient=_CAME,
	),
}


@dataclass(frozen=True)
class Variable:
	"""What a variable means (English, translated on the screen) and how it may look."""

	meaning: str
	example: str


VARIABLES: dict[str, Variable] = {
	"patient_name": Variable("First name and patronymic", "Анна Петровна"),
	"clinic": Variable("Name of the laboratory", "Лаборатория"),
	"clinic_phone": Variable("Phone of the laboratory", "8 800 000-00-00"),
	"date": Variable("Date", "21 ноября"),
	"weekday": Variable("Day of the week", "суббота"),
	"time": Variable("Time", "08:30"),
	"day": Variable("Today, tomorrow or the date", "завтра"),
	"branch": Variable("Name of the branch", "Отделение на Примерной"),
	"address": Variable("Address of the branch", "Примерная ул., 15"),
	"how_to_find": Variable("How to find the branch", "вход со двора"),
	"specialist": Variable("Specialist", "Проверкина И. И."),
	"preparation": Variable("How to prepare", "не есть 12 часов, можно пить воду"),
	"bring": Variable("What to bring", "паспорт и направление врача"),
	"manage_link": Variable("Link to move or cancel the booking", "https://lab.example/b/abc"),
	"booking_link": Variable("Link to the booking page", "https://lab.example/book"),
	"old_date": Variable("Date before the change", "20 ноября"),
	"old_time": Variable("Time before the change", "09:00"),
	"reason": Variable("Reason", "Врач рекомендовал контроль через 3 месяца."),
	"amount": Variable("Prepayment due", "1 500,00 ₽"),
	"payment_link": Variable("Link to pay", "https://lab.example/pay/abc"),
	"next_time": Variable("The nearest free time", "18 января в 10:00"),
	"hold_minutes": Variable("How many minutes the time is kept", "30"),
	"hours": Variable("Hours left", "24"),
	"portal_link": Variable("Link to the personal account", "https://lab.example/my"),
	"code": Variable("One-time code; never stored", "123456"),
	"minutes": Variable("How many minutes the code is valid", "5"),
	"link": Variable("Personal link", "https://lab.example/r/abc"),
}


# Said at another day than they were reckoned for, they would lie.
RELATIVE = ("day", "hours")


def known_variables(event: str) -> tuple[str, ...]:
	"""Return the variables of an event, none for an unknown one."""
	return EVENTS[event].variables if event in EVENTS else ()
