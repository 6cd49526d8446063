"""What a provider takes and promises."""

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal


class DeliveryError(Exception):
	"""The provider did not take the message, or did not say whether it did.

	Args:
		message: what it said, without secrets.
		permanent: trying again would be useless (a number that does not exist).
		uncertain: it may have taken the message all the same: no answer came, or none that can be read.
	"""

	def __init__(self, message: str, permanent: bool = False, uncertain: bool = False):
		super().__init__(message)
		self.permanent = permanent
		self.uncertain = uncertain


@dataclass(frozen=True)
class Account:
	"""The laboratory's account at a provider, as its Message Channel holds it.

	Args:
		channel: name of the Message Channel.
		base_url: address of the provider; empty: its usual one.
		timeout: seconds to wait for an answer.
	"""

	channel: str = ""
	base_url: str = ""
	login: str = ""
	secret: str = field(default="", repr=False)
	sender: str = ""
	timeout: float = 10


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
		attempt: 1 for the first.
		uncertain: an earlier attempt may have reached the provider.
		created: when the message was written, in seconds since 1970.
		callback: address to which this provider may report what became of the message.
		lifetime: seconds after which nobody wants it any more.
	"""

	id: str
	event: str
	recipient: str
	body: str
	subject: str = ""
	attempt: int = 1
	attachments: tuple[Attachment, ...] = field(default=())
	uncertain: bool = False
	created: float = 0
	callback: str = ""
	lifetime: int = 86_400


@dataclass(frozen=True)
class Sent:
	"""The provider has the message.

	Args:
		provider_id: its own id of it.
		cost: what it charged; None when it does not say.
	"""

	provider_id: str
	cost: Decimal | None = None


@dataclass(frozen=True)
class Exchange:
	"""One call to a provider for the integration log: no secrets, no texts, phones cut."""

	service: str
	url: str
	request: str
	answer: str
	error: str = ""
	message: str = ""


class Provider(ABC):
	"""A way out. One object lives for one batch of messages.

	Attributes:
		kinds: kinds of channels it can carry.
		at_once: how many messages are handed over at the same time, each in a thread; above 1 `send` must not
			touch the database.
		is_near: it hands over to a place of our own, which keeps nobody waiting.
		repeatable: a second attempt of the same message has the effect of one. Else an attempt whose outcome
			is unknown is never repeated: staff decide.
		reports: the hook by which it reports delivery (`api.messaging`); empty when it does not.
		confirms: it tells of each message whether it arrived, by whatever way; silence means something.
	"""

	kinds: tuple[str, ...] = ()
	at_once = 1
	is_near = False
	repeatable = True
	reports = ""
	confirms = False

	def __init__(self, account: Account | None = None):
		self.account = account or Account()
		self.exchanges: list[Exchange] = []
		self.threads = ThreadPoolExecutor(self.at_once) if self.at_once > 1 else None

	@abstractmethod
	def send(self, outgoing: Outgoing) -> Sent:
		"""Hand one message over.

		Raises:
			DeliveryError: it was not taken.
		"""

	def close(self) -> None:
		"""End its threads and connections."""
		if self.threads:
			self.threads.shutdown()
