"""A laboratory with a LIS: an order, the messages its LIS sends about it, the rows they become."""

import secrets

import frappe

from lab_crm.laboratory.tests.arrange import Laboratory, insert
from lab_crm.lis import inbox
from lab_crm.lis.hl7 import header
from lab_crm.lis.identity import IN, message_key
from lab_crm.utils.names import random_name


class Line:
	"""A LIS Connection and what came over it. Names are of this test alone."""

	def __init__(self, make, **fields):
		self.lab = Laboratory(make)
		self.application = f"LIS{secrets.token_hex(4).upper()}"
		defaults = {"host": "127.0.0.1", "port": 1, "receiving_application": self.application}
		self.connection = insert("LIS Connection", title=self.application, **{**defaults, **fields})

	def order(self, *services, **fields):
		"""An order of this connection, accepted by the LIS."""
		return self.lab.order(*services, **{"lis_connection": self.connection.name, **fields})

	def report(self, order=None, *observations: str, code: str = "ORU^R01", **parts: str) -> str:
		"""The text of a result message.

		Args:
			order: Lab Order whose number it names; None for no number.
			observations: OBX segments without their number (`NM|GLU^…||5.4|…`).
			code: MSH-9.
			parts: `placer`, `filler`, `barcode`, `status` (OBR-25), `pid` (whole segment), `at` (OBR-22).
		"""
		placer = parts.get("placer", order.placer_number if order else "")
		filler = parts.get("filler", "")
		at = parts.get("at", "20261121093000+0300")
		obr = f"OBR|1|{placer}|{filler}|{parts.get('service', '')}|||{'|' * 15}{at}"
		lines = [
			f"MSH|^~\\&|{self.application}|DEMO|LABCRM|DEMO|20261121093000+0300||{code}|{secrets.token_hex(6)}|P|2.5.1",
			parts.get("pid", "PID|1||||Образцова^Анна"),
			f"{obr}|||{parts.get('status', 'F')}",
			*(f"OBX|{number}|{each}" for number, each in enumerate(observations, 1)),
		]
		if barcode := parts.get("barcode"):
			lines.append(f"SPM|1|{barcode}")
		return "\r".join(lines) + "\r"

	def glucose(self, value: str = "5.0", flag: str = "N", status: str = "F", code: str | None = None) -> str:
		"""An OBX of glucose."""
		return f"NM|{code or self.lab.glu}^Глюкоза^L||{value}|ммоль/л|3.9-6.1|{flag}|||{status}"

	def count(self, hb: str = "135", wbc: str = "6.1", status: str = "F") -> tuple[str, str]:
		"""The OBX of a blood count."""
		return (
			f"NM|{self.lab.hb}^Hb^L||{hb}|г/л||N|||{status}",
			f"NM|{self.lab.wbc}^WBC^L||{wbc}|10^9/л||N|||{status}".replace("10^9", "10\\S\\9"),
		)

	def receive(self, text: str) -> str:
		"""Store a message as the listener does; return its name."""
		head = header.read(text)
		name = random_name("LMSG")
		row = frappe.new_doc("LIS Message")
		row.update(
			{
				"direction": IN,
				"status": "Received",
				"message_type": head.message_type,
				"connection": self.connection.name,
				"sending_application": head.sending_application,
				"control_id": head.control_id,
				"charset": "utf-8",
				"raw": text,
				"message_key": message_key(IN, head.sending_application, head.control_id + name),
			}
		)
		row.insert(ignore_permissions=True)
		frappe.db.commit()
		return row.name

	def process(self, text: str):
		"""Store a message and process it; return its row."""
		name = self.receive(text)
		inbox.process_one(name)
		return frappe.get_doc("LIS Message", name)


def results_of(order: str) -> list:
	"""The Lab Results of an order, oldest first."""
	names = frappe.get_all("Lab Result", filters={"order": order}, pluck="name", order_by="creation, name")
	return [frappe.get_doc("Lab Result", name) for name in names]


def values_of(result) -> dict[str, str]:
	"""Analyte (or code) → value of a Lab Result."""
	return {row.analyte or row.code: row.value for row in result.items}
