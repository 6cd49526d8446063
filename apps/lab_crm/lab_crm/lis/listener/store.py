"""The only place where the listener touches the database: rows of `tabLIS Message`, many in one transaction.

It writes past the framework, so that a message costs a row and its share of one commit. A row is told from a
repeat by the unique key of the table, by the database alone.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pymysql
from pymysql.cursors import DictCursor

from lab_crm.lis.astm.frames import SHORT
from lab_crm.lis.hl7.encoding import SETTINGS
from lab_crm.lis.identity import IN
from lab_crm.utils.names import random_name

PREFIX = "LMSG"
HL7, ASTM = "HL7", "ASTM"  # protocols of a connection
_COLUMN = 140  # length of a Data column
_TIMEOUT = 10  # seconds for one answer of the database
_OWNER = "Administrator"
_FIELDS = (
	"name",
	"owner",
	"modified_by",
	"creation",
	"modified",
	"received_at",
	"direction",
	"message_type",
	"status",
	"connection",
	"sending_application",
	"control_id",
	"peer",
	"charset",
	"ack_code",
	"error",
	"raw",
	"message_key",
	"body_digest",
)
_INSERT = "INSERT INTO `tabLIS Message` ({}) VALUES ({}) ON DUPLICATE KEY UPDATE `name` = `name`".format(
	", ".join(f"`{name}`" for name in _FIELDS), ", ".join(["%s"] * len(_FIELDS))
)
_FIND = "SELECT `name`, `message_key`, `body_digest` FROM `tabLIS Message` WHERE `message_key` IN %s"
_PROFILES = """
	SELECT c.`name`, c.`receiving_application` AS application, c.`receiving_facility` AS facility,
		c.`encoding`, c.`protocol`, c.`frame_size`, c.`answer_queries`,
		c.`host`, c.`port`,
		GROUP_CONCAT(p.`network` SEPARATOR ' ') AS peers
	FROM `tabLIS Connection` c
	LEFT JOIN `tabLIS Connection Peer` p ON p.`parent` = c.`name` AND p.`parenttype` = 'LIS Connection'
	WHERE c.`enabled` = 1
	GROUP BY c.`name`
"""
_TIME_ZONE = "SELECT `value` FROM `tabSingles` WHERE `doctype` = 'System Settings' AND `field` = 'time_zone'"


class Unavailable(Exception):
	"""The database cannot store anything just now; the same rows may be tried again."""


class Unstorable(Exception):
	"""The database refuses this very row; trying again would not help."""


@dataclass(frozen=True, slots=True)
class Row:
	"""A message to store. `status` is Received, or Rejected with `error` for one we refuse."""

	message_key: str
	raw: str
	body_digest: str = ""
	status: str = "Received"
	message_type: str = ""
	sending_application: str = ""
	control_id: str = ""
	connection: str | None = None
	peer: str = ""
	charset: str = ""
	ack_code: str = ""
	error: str | None = None


@dataclass(frozen=True, slots=True)
class Saved:
	"""Where a row is. `fresh` is False when a message of the same key was there; `same_body` whether it says
	the same.
	"""

	name: str
	fresh: bool = True
	same_body: bool = True


@dataclass(frozen=True, slots=True)
class Profile:
	"""What the listener needs of a LIS Connection. `address` is where an analyser waits to be called."""

	name: str
	application: str = ""
	facility: str = ""
	encoding: str = "UTF-8"
	peers: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
	protocol: str = HL7
	frame_size: int = SHORT
	answers_queries: bool = False
	address: tuple[str, int] | None = None

	def allows(self, peer: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
		"""Whether messages of this connection may come from an address."""
		return not self.peers or any(peer in network for network in self.peers)


class Store:
	"""One connection to the site's database, made when needed, for use by one thread.

	Args:
		database: arguments of `pymysql.connect`.
	"""

	def __init__(self, database: dict):
		self._database = database
		self._link: pymysql.Connection | None = None
		self._zone = ZoneInfo("UTC")
		self.max_bytes = 0  # of one row; known once connected

	def save(self, rows: Sequence[Row]) -> list[Saved]:
		"""Store rows durably in one transaction; return where each of them is, in order.

		Raises:
			Unavailable: nothing was stored.
			Unstorable: nothing was stored; one of the rows is at fault.
		"""
		named = [(random_name(PREFIX), row) for row in rows]
		try:
			link = self._connected()
			with link.cursor() as cursor:
				now = datetime.now(self._zone).replace(tzinfo=None)
				inserted = cursor.executemany(_INSERT, _in_order(named, now))
				known = {} if inserted == len(rows) else self._find(cursor, rows)
			link.commit()
		except (pymysql.DataError, pymysql.IntegrityError, pymysql.NotSupportedError) as error:
			self.close()
			raise Unstorable(str(error)) from error
		except (pymysql.MySQLError, OSError) as error:
			self.close()
			raise Unavailable(str(error)) from error
		return [_saved(name, row, known) for name, row in named]

	def profiles(self) -> list[Profile]:
		"""Return the enabled connections.

		Raises:
			Unavailable: the database is away.
		"""
		try:
			link = self._connected()
			with link.cursor() as cursor:
				cursor.execute(_PROFILES)
				rows = cursor.fetchall()
			link.commit()
		except (pymysql.MySQLError, OSError) as error:
			self.close()
			raise Unavailable(str(error)) from error
		return [_profile(row) for row in rows]

	def close(self) -> None:
		"""Drop the connection; what was not committed is undone by the database."""
		link, self._link = self._link, None
		if link is not None and link.open:
			link.close()

	def _connected(self) -> pymysql.Connection:
		if self._link is None:
			link = pymysql.connect(
				**self._database,
				charset="utf8mb4",
				cursorclass=DictCursor,
				connect_timeout=_TIMEOUT,
				read_timeout=_TIMEOUT,
				write_timeout=_TIMEOUT,
			)
			with link.cursor() as cursor:
				cursor.execute("SET SESSION innodb_lock_wait_timeout = 5")
				cursor.execute(_TIME_ZONE)
				row = cursor.fetchone()
				self._zone = ZoneInfo(row["value"] if row and row["value"] else "UTC")
				cursor.execute("SELECT @@max_allowed_packet AS size")
				# Escaping may double a text.
				self.max_bytes = cursor.fetchone()["size"] // 2 - 65536
			link.commit()
			self._link = link
		return self._link

	def _find(self, cursor: DictCursor, rows: Sequence[Row]) -> dict[str, dict]:
		cursor.execute(_FIND, [[row.message_key for row in rows]])
		return {found["message_key"]: found for found in cursor.fetchall()}


def _in_order(named: Sequence[tuple[str, Row]], now: datetime) -> list[tuple]:
	"""Return the values of rows a microsecond apart, so that the table keeps the order in which they came."""
	return [
		_values(name, row, now + timedelta(microseconds=place)) for place, (name, row) in enumerate(named)
	]


def _values(name: str, row: Row, now: datetime) -> tuple:
	return (
		name,
		_OWNER,
		_OWNER,
		now,
		now,
		now,
		IN,
		row.message_type[:_COLUMN],
		row.status,
		row.connection,
		row.sending_application[:_COLUMN],
		row.control_id[:_COLUMN],
		row.peer,
		row.charset,
		row.ack_code,
		row.error,
		row.raw,
		row.message_key,
		row.body_digest,
	)


def _saved(name: str, row: Row, known: dict[str, dict]) -> Saved:
	if not known:
		return Saved(name)
	found = known.get(row.message_key)
	if found is None:  # its random name was taken: a repeat will find the others stored and this one not
		raise Unavailable(f"the name {name} was taken")
	return Saved(found["name"], found["name"] == name, found["body_digest"] == row.body_digest)


def _profile(row: dict) -> Profile:
	peers = tuple(ipaddress.ip_network(word) for word in (row["peers"] or "").split())
	encoding = row["encoding"] if row["encoding"] in SETTINGS else "UTF-8"
	return Profile(
		row["name"],
		row["application"] or "",
		row["facility"] or "",
		encoding,
		peers,
		row["protocol"] or HL7,
		int(row["frame_size"] or SHORT),
		bool(row["answer_queries"]),
		(row["host"], int(row["port"])) if row["protocol"] == ASTM and row["host"] else None,
	)
