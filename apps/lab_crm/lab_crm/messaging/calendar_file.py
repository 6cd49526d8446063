"""The .ics file of a visit, so that it lands in the patient's own calendar."""

from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event

CONTENT_TYPE = "text/calendar"


def visit(
	uid: str,
	start: datetime,
	end: datetime,
	summary: str,
	location: str,
	description: str,
	*,
	stamp: datetime | None = None,
	sequence: int = 0,
	cancelled: bool = False,
) -> str:
	"""Return the text of an iCalendar file (RFC 5545) with one event.

	Args:
		uid: the same for every version of one booking, so that a calendar replaces and does not add.
		start, end: aware times.
		summary, location, description: plain texts, without medical content.
		stamp: aware time of this version; None: now.
		sequence: number of changes made to the booking so far.
		cancelled: the event is taken out of the calendar.
	"""
	event = Event()
	event.add("uid", uid)
	event.add("dtstamp", (stamp or datetime.now(UTC)).astimezone(UTC))
	event.add("dtstart", start.astimezone(UTC))
	event.add("dtend", end.astimezone(UTC))
	event.add("summary", summary)
	event.add("location", location)
	event.add("description", description)
	event.add("sequence", sequence)
	event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
	if not cancelled:
		event.add_component(_alarm(summary))
	calendar = Calendar()
	calendar.add("prodid", "-//lab_crm//booking//RU")
	calendar.add("version", "2.0")
	calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
	calendar.add_component(event)
	return calendar.to_ical().decode()


def attachment(filename: str, content: str) -> dict[str, str]:
	"""Return an .ics as `outbox.queue` takes attachments."""
	return {"filename": filename, "content": content, "content_type": CONTENT_TYPE}


def _alarm(summary: str) -> Alarm:
	alarm = Alarm()
	alarm.add("action", "DISPLAY")
	alarm.add("description", summary)
	alarm.add("trigger", timedelta(hours=-2))
	return alarm
