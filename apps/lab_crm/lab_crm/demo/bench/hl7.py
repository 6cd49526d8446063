"""`hl7_ack`: ORU messages over MLLP, stored and acknowledged.

The baseline is a server of the PyPI `hl7` library that stores nothing.
"""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from lab_crm.demo.bench.measure import Figure, compared

CONNECTIONS, EACH = 8, 400
SIZE = 1024  # bytes of a message
ANSWER_SECONDS = 30
PEER = """
import asyncio, sys
from hl7.mllp import start_hl7_server
async def converse(reader, writer):
	try:
		while True:
			message = await reader.readmessage()
			writer.writemessage(message.create_ack("AA"))
			await writer.drain()
	except asyncio.IncompleteReadError:
		writer.close()
async def main():
	async with await start_hl7_server(converse, "127.0.0.1", int(sys.argv[1]), encoding="utf-8") as server:
		await server.serve_forever()
asyncio.run(main())
"""


def acknowledge(host: str, port: int, application: str) -> Iterator[Figure]:
	"""Measure acknowledged messages a second of the running listener.

	Args:
		host, port: the listener.
		application: MSH-3 of a LIS Connection.
	"""
	ours = asyncio.run(_rate(host, port, application))
	with _foreign_server() as other:
		theirs = asyncio.run(_rate("127.0.0.1", other, application))
	note = f"{CONNECTIONS} connections, {SIZE} bytes, Cyrillic; baseline: PyPI hl7 server without storage"
	yield compared("hl7_ack", "1/s", ours, theirs, ">= 2", CONNECTIONS * EACH, note)


async def _rate(host: str, port: int, application: str) -> float:
	began = time.perf_counter()
	run = str(time.time_ns())
	lines = (_converse(host, port, application, f"{run}-{number}") for number in range(CONNECTIONS))
	await asyncio.gather(*lines)
	return CONNECTIONS * EACH / (time.perf_counter() - began)


async def _converse(host: str, port: int, application: str, key: str) -> None:
	reader, writer = await asyncio.open_connection(host, port)
	for number in range(EACH):
		writer.write(b"\x0b" + _message(application, f"{key}-{number}") + b"\x1c\r")
		answer = await asyncio.wait_for(reader.readuntil(b"\x1c\r"), ANSWER_SECONDS)
		if b"MSA|AA|" not in answer:
			raise AssertionError(f"not acknowledged: {answer!r}")
	writer.close()


def _message(application: str, control_id: str) -> bytes:
	lines = [
		f"MSH|^~\\&|{application}|DEMO|LABCRM|DEMO|20261125080000||ORU^R01^ORU_R01|{control_id}|P|2.5.1"
		"|||||RUS|UNICODE UTF-8",
		"PID|1||PAT-BENCHMARK^^^LABCRM||Замерова-Тест^Проба^Примеровна||19800101|F",
		f"ORC|RE|ORD-{control_id}",
		f"OBR|1|ORD-{control_id}||A09.05.065^Исследование уровня тиреотропного гормона|||20261125073000",
		"OBX|1|NM|TSH^Тиреотропный гормон||2,35|мМЕ/л|0,4–4,0|N|||F",
	]
	text = "\r".join(lines)
	filling = "NTE|1||" + "Замер. " * 80
	return (text + "\r" + filling).encode()[: SIZE - 1].decode(errors="ignore").encode() + b"\r"


@contextmanager
def _foreign_server() -> Iterator[int]:
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		port = probe.getsockname()[1]
	server = subprocess.Popen([sys.executable, "-c", PEER, str(port)])
	try:
		deadline = time.monotonic() + ANSWER_SECONDS
		while socket.socket().connect_ex(("127.0.0.1", port)):
			if time.monotonic() > deadline:
				raise AssertionError("the baseline's server does not listen")
			time.sleep(0.05)
		yield port
	finally:
		server.terminate()
		server.wait(10)
