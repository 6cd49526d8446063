"""A mail server for demo and tests: keeps every message as a file; nothing leaves the machine."""

import argparse
import asyncio
import itertools
import os
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP


class Spool:
	"""Keeps each received message as `<time>-<pid>-<n>.eml`."""

	def __init__(self, folder: Path):
		self.folder = folder
		self.numbers = itertools.count(1)
		folder.mkdir(parents=True, exist_ok=True)

	async def handle_DATA(self, _server, _session, envelope) -> str:
		"""Store one message before it is acknowledged."""
		name = f"{time.time_ns()}-{os.getpid()}-{next(self.numbers)}"
		temporary = self.folder / f".{name}.part"
		temporary.write_bytes(envelope.content)
		# A reader of the folder must never see half a message.
		temporary.rename(self.folder / f"{name}.eml")
		return "250 kept"


async def serve(host: str, port: int, folder: Path) -> None:
	"""Listen until cancelled."""
	spool = Spool(folder)
	server = await asyncio.get_running_loop().create_server(
		lambda: SMTP(spool, hostname="mailsink", enable_SMTPUTF8=True), host, port
	)
	async with server:
		await server.serve_forever()


def main() -> None:
	"""Run from the command line."""
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument("--host", default="127.0.0.1")
	parser.add_argument("--port", type=int, default=2525)
	parser.add_argument("--spool", type=Path, required=True)
	given = parser.parse_args()
	asyncio.run(serve(given.host, given.port, given.spool))


if __name__ == "__main__":
	main()
