"""Runs the listener: `python -m lab_crm.lis.listener --site lab.localhost --sites-path sites`."""

import argparse
import asyncio
import logging
import signal
import sys
import threading
import time

from lab_crm.lis.hl7.framing import MEBIBYTE
from lab_crm.lis.listener.astm_server import AstmServer
from lab_crm.lis.listener.clerk import Clerk
from lab_crm.lis.listener.dialler import Dialler
from lab_crm.lis.listener.handoff import HandOff
from lab_crm.lis.listener.server import Server
from lab_crm.lis.listener.settings import Limits, Settings, database_of
from lab_crm.lis.listener.store import Profile, Store, Unavailable
from lab_crm.lis.listener.writer import Writer

log = logging.getLogger("lab_crm.lis.listener")


def main() -> None:
	"""Parse the command line and serve until SIGTERM or SIGINT."""
	logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
	settings = _settings()
	store = Store(settings.database)
	profiles = _first_profiles(store)
	# Threads take turns more often than by default: the writer and the loop hand every batch to each other.
	sys.setswitchinterval(0.001)
	sys.exit(asyncio.run(_serve(settings, store, profiles)))


def _settings() -> Settings:
	parser = argparse.ArgumentParser(prog="lab_crm.lis.listener", description=__doc__)
	parser.add_argument("--site", required=True)
	parser.add_argument("--sites-path", default=".")
	parser.add_argument("--host", default="127.0.0.1")
	parser.add_argument("--port", type=int, default=2575)
	parser.add_argument("--astm-port", type=int, help="port for analysers that speak ASTM")
	parser.add_argument("--max-message-mib", type=float, default=8, help="size limit of one message")
	parser.add_argument(
		"--idle-seconds", type=float, default=3600, help="silence after which a connection is closed"
	)
	parser.add_argument("--max-connections", type=int, default=256)
	given = parser.parse_args()
	limits = Limits(
		message=int(given.max_message_mib * MEBIBYTE),
		idle=given.idle_seconds,
		connections=given.max_connections,
	)
	database = database_of(given.site, given.sites_path)
	return Settings(given.site, given.sites_path, given.host, given.port, limits, given.astm_port, database)


def _first_profiles(store: Store) -> list[Profile]:
	"""Wait for the database: without the list of allowed peers nobody is let in."""
	while True:
		try:
			return store.profiles()
		except Unavailable as error:
			log.error("waiting for the database: %s", error)
			time.sleep(1)


async def _serve(settings: Settings, store: Store, profiles: list[Profile]) -> int:
	"""Serve until told to stop; return the exit status: not 0 when a thread failed (a restart is wanted)."""
	loop = asyncio.get_running_loop()
	hand_off = HandOff(settings.site, settings.sites_path)
	clerk = Clerk(settings.site, settings.sites_path, loop)
	told_of: list[Server | Dialler] = []  # who is told of changed connections
	writer = Writer(store, loop, hand_off.put, lambda known: [each.know(known) for each in told_of])
	told, failures = asyncio.Event(), []

	def on_failure(failure: threading.ExceptHookArgs) -> None:
		log.critical("%s failed", failure.thread.name, exc_info=failure.exc_value)
		failures.append(failure.thread.name)
		loop.call_soon_threadsafe(told.set)

	threading.excepthook = on_failure
	for number in (signal.SIGTERM, signal.SIGINT):
		loop.add_signal_handler(number, told.set)
	for thread in (hand_off, clerk, writer):
		thread.start()
	servers = await _listen(settings, writer, clerk, profiles)
	diallers = [Dialler(server) for server in servers if isinstance(server, AstmServer)]
	for dialler in diallers:
		dialler.know(profiles)
	told_of += [*servers, *diallers]
	await told.wait()
	log.info("stopping")
	for dialler in diallers:
		await dialler.stop()
	await asyncio.gather(*(server.stop() for server in servers))
	if not await asyncio.to_thread(writer.stop, settings.limits.grace):
		log.error("the database is away; what was not acknowledged will be sent again")
	await asyncio.to_thread(clerk.stop, 2)
	await asyncio.to_thread(hand_off.stop, 2)
	return 1 if failures else 0


async def _listen(settings: Settings, writer: Writer, clerk: Clerk, profiles: list[Profile]) -> list[Server]:
	"""Return the servers, which listen; that of HL7 is the last to do so."""
	servers: list[tuple[Server, int]] = []
	if settings.astm_port is not None:
		analysers = AstmServer(writer.submit, profiles, settings.limits, clerk.ask)
		servers.append((analysers, settings.astm_port))
	servers.append((Server(writer.submit, profiles, settings.limits, clerk.ask), settings.port))
	ports = [await server.start(settings.host, port) for server, port in servers]
	names = ", ".join(f"{settings.host}:{port}" for port in ports)
	log.info("listening on %s for %s", names, settings.site)
	return [server for server, _port in servers]


if __name__ == "__main__":
	main()
