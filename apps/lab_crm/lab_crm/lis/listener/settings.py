"""What the listener is started with, and what it reads from the site once."""

from dataclasses import dataclass, field
from typing import Any

import frappe

from lab_crm.lis.hl7.framing import MAX_MESSAGE


@dataclass(frozen=True, slots=True)
class Limits:
	"""What one peer may cost us.

	Args:
		message: bytes of one message.
		pending: messages of one connection that wait to be stored before we stop reading it.
		connections: connections at once.
		idle: seconds a connection may say nothing.
		unfinished: seconds a message may take to arrive.
		garbage: bytes outside frames after which a connection that sent no message is closed.
		grace: seconds to finish what was begun when we are told to stop.
	"""

	message: int = MAX_MESSAGE
	pending: int = 64
	connections: int = 256
	idle: float = 3600
	unfinished: float = 60
	garbage: int = 65536
	grace: float = 10


@dataclass(frozen=True, slots=True)
class Settings:
	"""Where the site and its database are, and where we listen.

	`database` holds the arguments of `pymysql.connect`; `astm_port` is None when no analysers are served.
	"""

	site: str
	sites_path: str
	host: str = "127.0.0.1"
	port: int = 2575
	limits: Limits = field(default_factory=Limits)
	astm_port: int | None = None
	database: dict[str, Any] = field(default_factory=dict)


def database_of(site: str, sites_path: str) -> dict[str, Any]:
	"""Return the arguments of `pymysql.connect` for a site, as the framework itself connects.

	Raises:
		frappe.IncorrectSitePath: there is no such site.
	"""
	frappe.init(site=site, sites_path=sites_path)
	try:
		conf = frappe.local.conf
		address = (
			{"unix_socket": conf.db_socket} if conf.get("db_socket") else {"port": int(conf.db_port or 3306)}
		)
		secure = {key[3:]: conf[key] for key in ("db_ssl_ca", "db_ssl_cert", "db_ssl_key") if conf.get(key)}
		return {
			"host": conf.db_host or "127.0.0.1",
			**address,
			"user": conf.get("db_user") or conf.db_name,
			"password": conf.db_password,
			"database": conf.db_name,
			**secure,
		}
	finally:
		frappe.destroy()
