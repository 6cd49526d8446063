"""The demo LIS: a laboratory information system played by a foreign HL7 library (python-hl7).

It takes orders over MLLP, acknowledges them, and some seconds later sends the results back over MLLP, until
they are taken. `python -m lab_crm.demo.lis_server --port 2576 --crm-host 127.0.0.1 --crm-port 2575`
"""

import argparse
import asyncio
import logging
import signal
import sys
from datetime import datetime
from pathlib import Path

import hl7
from hl7.mllp import (
	HL7StreamReader,
	HL7StreamWriter,
	InvalidBlockError,
	open_hl7_connection,
	start_hl7_server,
)

from lab_crm.demo.lis_catalogue import FOLDER, Catalogue
from lab_crm.demo.lis_orders import APPLICATION, FACILITY, LabOrder, OrderDesk

log = logging.getLogger("demo-lis")

_ENCODING = "utf-8"
_LIMIT = 1 << 20  # bytes of one message
_ANSWER_SECONDS = 15
_PAUSES = (1, 2, 5, 10, 30)  # seconds between tries to hand over a result


class DemoLIS:
	"""The two directions of the line.

	Args:
		desk: the laboratory behind it.
		crm: host and port of the CRM's listener.
		delay: seconds from an order to its results.
	"""

	def __init__(self, desk: OrderDesk, crm: tuple[str, int], delay: float):
		self.desk = desk
		self.crm = crm
		self.delay = delay
		self._work: set[asyncio.Task] = set()

	async def converse(self, reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
		"""Take the messages of one connection."""
		try:
			while True:
				try:
					message = await reader.readmessage()
				except (InvalidBlockError, hl7.HL7Exception, UnicodeDecodeError, ValueError) as error:
					log.warning("not a message: %s", error)
					continue
				writer.writemessage(self._answer(message))
				await writer.drain()
		except (asyncio.IncompleteReadError, ConnectionError):
			log.debug("the peer hung up")
		finally:
			writer.close()

	async def finish(self) -> None:
		"""Stop working on results."""
		for task in self._work:
			task.cancel()
		await asyncio.gather(*self._work, return_exceptions=True)

	def _answer(self, message: hl7.Message) -> hl7.Message:
		code, due = self.desk.take(message)
		kind, number = message.segment("MSH")[9], message.segment("MSH")[10]
		log.info("%s %s: %s", kind, number, code)
		if due:
			task = asyncio.get_running_loop().create_task(self._report(due))
			self._work.add(task)
			task.add_done_callback(self._work.discard)
		return message.create_ack(code, application=APPLICATION, facility=FACILITY)

	async def _report(self, order: LabOrder) -> None:
		"""Measure, then hand the results over, as often as it takes."""
		await asyncio.sleep(self.delay)
		if self.desk.orders.get(order.placer) is not order:
			return  # cancelled or changed meanwhile
		message = self.desk.results(order, datetime.now().astimezone())
		attempt = 0
		while not await self._send(message):
			await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
			attempt += 1

	async def _send(self, message: hl7.Message) -> bool:
		"""Send a result on a connection of its own; return whether it was taken."""
		number = message.segment("MSH")[10]
		try:
			reader, writer = await open_hl7_connection(*self.crm, limit=_LIMIT, encoding=_ENCODING)
		except OSError as error:
			log.warning("result %s: the CRM cannot be reached: %s", number, error)
			return False
		try:
			writer.writemessage(message)
			await writer.drain()
			answer = await asyncio.wait_for(reader.readmessage(), _ANSWER_SECONDS)
			code = str(answer.segment("MSA")[1])
		except (TimeoutError, OSError, EOFError, hl7.HL7Exception, InvalidBlockError) as error:
			log.warning("result %s: no answer: %r", number, error)
			return False
		finally:
			writer.close()
		log.info("result %s for order %s: %s", number, message.segment("ORC")[2], code)
		return code == "AA"


def main() -> None:
	"""Run from the command line."""
	parser = argparse.ArgumentParser(prog="lab_crm.demo.lis_server", description=__doc__)
	parser.add_argument("--host", default="127.0.0.1")
	parser.add_argument("--port", type=int, default=2576)
	parser.add_argument("--crm-host", default="127.0.0.1")
	parser.add_argument("--crm-port", type=int, default=2575)
	parser.add_argument("--delay", type=float, default=3, help="seconds from an order to its results")
	parser.add_argument("--seed", default="demo", help="the same seed and order give the same values")
	parser.add_argument(
		"--critical", action="append", default=[], help="service or analyte code with a panic value"
	)
	parser.add_argument("--catalogue", type=Path, default=FOLDER, help="folder with the catalogue files")
	given = parser.parse_args()
	logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
	desk = OrderDesk(Catalogue.read(given.catalogue), given.seed, tuple(given.critical))
	lis = DemoLIS(desk, (given.crm_host, given.crm_port), given.delay)
	asyncio.run(serve(lis, given.host, given.port))


async def serve(lis: DemoLIS, host: str, port: int) -> None:
	"""Listen until told to stop."""
	told = asyncio.Event()
	for number in (signal.SIGTERM, signal.SIGINT):
		asyncio.get_running_loop().add_signal_handler(number, told.set)
	server = await start_hl7_server(lis.converse, host, port, limit=_LIMIT, encoding=_ENCODING)
	log.info("the demo LIS listens on %s:%d", host, port)
	await told.wait()
	server.close()
	await lis.finish()


if __name__ == "__main__":
	main()
