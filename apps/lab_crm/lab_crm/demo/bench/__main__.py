"""`make bench`: the benchmarks on a running stack, one JSON object a line.

`python -m lab_crm.demo.bench --stack FILE`
"""

import argparse
import os
from pathlib import Path

import frappe

from lab_crm.demo.bench import bookings, crowded_branch, desk, hl7, recalls
from lab_crm.demo.bench.http import Web
from lab_crm.demo.client import Stack

LIS = "DEMOLIS"


def main() -> None:
	"""Run the named benchmarks, or all."""
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument("--stack", type=Path, required=True)
	parser.add_argument(
		"only", nargs="*", help="booking_create, slots_search, hl7_ack, desk_open, recall_scan"
	)
	given = parser.parse_args()
	stack = Stack(given.stack)
	frappe.init(site=stack.state["site"], sites_path=os.environ["SITES_PATH"])
	frappe.connect()
	try:
		for metric, figures in _benchmarks(stack).items():
			if not given.only or metric in given.only:
				for figure in figures():
					figure.print()
	finally:
		frappe.destroy()


def _benchmarks(stack: Stack):
	web = Web(stack)
	branches = frappe.get_all(
		"Lab Branch", {"name": ("!=", crowded_branch.CODE)}, pluck="name", order_by="name"
	)
	mllp = stack.state["mllp"]
	return {
		"booking_create": lambda: bookings.create(web, branches),
		"slots_search": lambda: bookings.search(web, crowded_branch.CODE, crowded_branch.ensure()),
		"desk_open": lambda: desk.open_screens(stack),
		"hl7_ack": lambda: hl7.acknowledge(mllp["host"], mllp["port"], LIS),
		"recall_scan": lambda: recalls.run(branches[0]),
	}


if __name__ == "__main__":
	main()
