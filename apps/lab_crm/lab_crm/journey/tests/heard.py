"""Subscribers of the tests: they note that they ran, or fail when told to."""

import frappe

calls: list[tuple[str, str]] = []
failing: set[str] = set()


def first(event) -> None:
	"""Note the event."""
	_hear("first", event)


def second(event) -> None:
	"""Note the event and leave a trace in the database, before failing if told to."""
	frappe.db.set_value("Patient", event.patient, "complaints", f"second heard {event.name}")
	_hear("second", event)


def third(event) -> None:
	"""Note the event."""
	_hear("third", event)


def _hear(who: str, event) -> None:
	if who in failing:
		raise RuntimeError(f"{who} cannot")
	calls.append((who, event.name))
