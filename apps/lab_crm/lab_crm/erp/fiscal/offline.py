"""The registrar of trials: receipts are written to a file, the tax service learns nothing."""

import json

import frappe

from lab_crm.erp.fiscal.base import DONE, Outcome, Receipt, Registrar

NAME = "offline"


class OfflineRegistrar(Registrar):
	"""Writes each receipt to `private/files/fiscal.log` of the site, one JSON a line."""

	def send(self, receipt: Receipt) -> str:
		line = {
			"id": receipt.id,
			"kind": receipt.kind,
			"at": receipt.at.isoformat(),
			"total": str(receipt.total),
			"cash": str(receipt.cash),
			"electronic": str(receipt.electronic),
			"prepaid": str(receipt.prepaid),
			"positions": [[one.name, str(one.amount), one.payment_method] for one in receipt.positions],
		}
		with open(path(), "a", encoding="utf-8") as file:
			file.write(json.dumps(line, ensure_ascii=False) + "\n")
		return f"{NAME}-{receipt.id}"

	def outcome(self, receipt_id: str) -> Outcome:
		return Outcome(DONE, fn_number=NAME, fd_number=receipt_id)


def path() -> str:
	"""Return the file that receipts are written to."""
	return frappe.get_site_path("private", "files", "fiscal.log")
