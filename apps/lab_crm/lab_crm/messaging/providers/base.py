"""What a provider takes and promises."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field


class DeliveryError(Exception):
	"""The provider did not take the message.

	Args:
		message: what it said, without secrets.
		permanent: trying again would be useless (a number that does not exist).
	"""

	def __init__(self, message: str, permanent: bool = False):
		super().__init__(message)
		self.permanent = permanent


@dataclass(frozen=True)
class Attachment:
	"""A text file that goes with an email."""

	filename: str
	content: str
	content_type: str = "text/plain"


@dataclass(frozen=True)
class Outgoing:
	"""One message as a provider gets it.

	Args:
		id: name of the Message; the provider uses it so that a repeated attempt has the effect of one.
		attempt: 1 for the first; from 2 on an earlier attempt may have reached the provider.
	"""

	id: str
	event: str
	recipient: str
	body: str
	subject: str = ""
	attempt: int = 1
	attachments: tuple[Attachment, ...] = field(default=())


class Provider(ABC):
	"""A way out. One object lives for one batch of messages."""

	@abstractmethod
	def send(self, outgoing: Outgoing) -> str:
		"""Hand one message over; return the provider's own id of it.

		Raises:
			DeliveryError: it was not taken.
		"""
