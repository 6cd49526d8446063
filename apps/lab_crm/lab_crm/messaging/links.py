"""Ways to a patient that stand on no card: the patient has switched them on."""

from lab_crm.messaging import chats, subscriptions

# Kinds of channels whose address is on the card: not having one is worth a word.
ON_CARD = ("SMS", "Email")


def addresses(patient: str) -> dict[str, str]:
	"""Return the addresses by kind of channel; a patient's browsers are all reached by the patient's name."""
	return {**chats.of(patient), **({"Push": patient} if subscriptions.has(patient) else {})}
