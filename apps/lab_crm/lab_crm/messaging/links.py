"""Ways to a patient that stand on no card: the patient has switched them on."""

from collections.abc import Collection

from lab_crm.messaging import chats, subscriptions

# Kinds of channels whose address is on the card: not having one is worth a word.
ON_CARD = ("SMS", "Email")


def addresses(patient: str) -> dict[str, str]:
	"""Return the addresses by kind of channel; a patient's browsers are all reached by the patient's name."""
	return {**chats.of(patient), **({"Push": patient} if subscriptions.has(patient) else {})}


def open_ways(patients: Collection[str], kind: str) -> set[tuple[str, str]]:
	"""Return the addresses of one kind that patients have switched on and not off, in one query.

	Args:
		patients: names of Patients.
		kind: of a channel, none of `ON_CARD`.

	Returns:
		Patient and address, as `addresses` gives them.
	"""
	if not patients:
		return set()
	if kind == "Push":
		return {(patient, patient) for patient in subscriptions.owners(patients)}
	return chats.joined(patients, kind)
