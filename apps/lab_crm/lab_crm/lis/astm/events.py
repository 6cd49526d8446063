"""What the line wants done, or has to tell: the machines of E1381 return these and do nothing themselves."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Write:
	"""Send these bytes."""

	data: bytes


@dataclass(frozen=True, slots=True)
class Arrived:
	"""A message is here. `waiting`: its last frame is answered once the caller says that it is stored."""

	message: bytes
	waiting: bool


@dataclass(frozen=True, slots=True)
class Broken:
	"""A message that was not finished; `reason` says why, in English."""

	message: bytes
	reason: str


@dataclass(frozen=True, slots=True)
class Sent:
	"""The other side has taken a whole message of ours."""

	key: str


@dataclass(frozen=True, slots=True)
class Unsent:
	"""A message of ours was given up; `reason` says why, in English."""

	key: str
	reason: str


Event = Write | Arrived | Broken | Sent | Unsent
