"""Calls the analysers that wait to be called, and calls again when the line breaks."""

import asyncio
import logging
import socket
from collections.abc import Iterable

from lab_crm.lis.listener.astm_server import AstmConnection, AstmServer
from lab_crm.lis.listener.store import ASTM, Profile

log = logging.getLogger("lab_crm.lis.listener")

PAUSE = 10.0  # seconds between two calls
_ASK_AFTER, _ASK_EVERY, _ASK_TIMES = 60, 10, 3  # seconds of silence before the line is tried, and how
_TIMEOUT = 10.0  # seconds an analyser has to take the call


class Dialler:
	"""Keeps one connection to each analyser with an address.

	Args:
		server: whose connections they are.
		pause: seconds between two calls.
	"""

	def __init__(self, server: AstmServer, pause: float = PAUSE):
		self._server, self._pause = server, pause
		self._calls: dict[Profile, asyncio.Task] = {}

	def know(self, profiles: Iterable[Profile]) -> None:
		"""Call these from now on; a connection whose settings changed is called anew."""
		wanted = {profile for profile in profiles if profile.protocol == ASTM and profile.address}
		for profile in self._calls.keys() - wanted:
			self._calls.pop(profile).cancel()
		for profile in wanted - self._calls.keys():
			self._calls[profile] = asyncio.create_task(self._keep(profile))

	async def stop(self) -> None:
		"""Call no more; the server ends the connections."""
		calls = list(self._calls.values())
		self._calls.clear()
		for call in calls:
			call.cancel()
		await asyncio.gather(*calls, return_exceptions=True)

	async def _keep(self, profile: Profile) -> None:
		away = False
		while True:
			try:
				connection = await self._call(profile)
			except (OSError, TimeoutError) as error:
				if not away:
					log.warning("%s: the analyser cannot be reached: %s", profile.name, error)
				away = True
			else:
				away = False
				try:
					await asyncio.shield(connection.lost)
				except asyncio.CancelledError:
					connection.finish()
					raise
			await asyncio.sleep(self._pause)

	async def _call(self, profile: Profile) -> AstmConnection:
		host, port = profile.address
		loop = asyncio.get_running_loop()
		opening = loop.create_connection(lambda: AstmConnection(self._server, profile), host, port)
		transport, connection = await asyncio.wait_for(opening, _TIMEOUT)
		_watch(transport.get_extra_info("socket"))
		self._server.adopt(connection)
		log.info("%s: connected to %s:%d", profile.name, host, port)
		return connection


def _watch(line: socket.socket) -> None:
	"""Notice an analyser that was switched off without a word: only we can call it again."""
	line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
	line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _ASK_AFTER)
	line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _ASK_EVERY)
	line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _ASK_TIMES)
