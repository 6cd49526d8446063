"""Reagents leave the branch's stock by norms, the first to expire first; what is missing is said."""

from datetime import date, timedelta
from decimal import Decimal

import frappe
import pytest

from lab_crm.booking.tests.support import insert
from lab_crm.erp import batches, books, branches, consumption
from lab_crm.erp.batches import Lot, first_expired_first
from lab_crm.erp.report.consumption_against_norm import consumption_against_norm as report
from lab_crm.erp.tests import books_of
from lab_crm.laboratory.tests.arrange import Laboratory
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

D = Decimal
TODAY = date(2026, 11, 25)


class TestChoice:
	def test_the_first_to_expire_first_and_nothing_expired(self):
		lots = [
			Lot("late", D(5), date(2027, 5, 1)),
			Lot("never", D(9)),
			Lot("expired", D(9), date(2026, 11, 24)),
			Lot("soon", D(2), TODAY),
		]
		taken, missing = first_expired_first(lots, D(4), TODAY)
		assert [(lot.batch, lot.qty) for lot in taken] == [("soon", 2), ("late", 2)] and missing == 0

	def test_what_is_missing_is_told(self):
		assert first_expired_first([Lot(None, D("1.5")), Lot("x", D(0))], D(4), TODAY)[1] == D("2.5")


@pytest.mark.usefixtures("kept")
class TestIssue:
	@pytest.fixture
	def lab(self, make):
		books_of.ready()
		return Laboratory(make)

	def reagent(self, **fields) -> str:
		doc = books.new(
			"Item",
			item_code=f"TEST-REAGENT-{frappe.generate_hash(length=8)}",
			item_group=books.pick("Item Group", "Consumable"),
			stock_uom=books.pick("UOM", "Millilitre", "Litre", "Nos", must_be_whole_number=0),
			is_stock_item=1,
			**fields,
		)
		return doc.insert().name

	def batch(self, item: str, days: int) -> str:
		expires = clock.now().date() + timedelta(days=days)
		name = f"TEST-{frappe.generate_hash(length=8)}"
		return insert("Batch", batch_id=name, item=item, expiry_date=expires).name

	def receive(self, lab, item: str, qty, batch=None) -> None:
		kind = frappe.db.get_value("Stock Entry Type", {"purpose": "Material Receipt"})
		doc = books.new("Stock Entry", stock_entry_type=kind, purpose="Material Receipt")
		unit = frappe.db.get_value("Item", item, "stock_uom")
		row = {"item_code": item, "qty": qty, "uom": unit, "stock_uom": unit, "conversion_factor": 1}
		house = branches.warehouse(lab.branch.name)
		row.update({"t_warehouse": house, "basic_rate": 10, "batch_no": batch})
		doc.append("items", {**row, "use_serial_batch_fields": int(bool(batch))})
		books.submit(doc)

	def norm(self, service, **quantities) -> None:
		rows = [{"item": item, "qty": qty} for item, qty in quantities.items()]
		insert("Consumption Norm", service=service.name, items=rows)

	def ready(self, lab, *services):
		fields = {"status": "Ready", "completed_on": clock.now()}
		return lab.order(*services, **fields).name

	def left(self, lab, item) -> dict:
		lots = batches.lots(item, branches.warehouse(lab.branch.name))
		return {lot.batch: float(lot.qty) for lot in lots}

	def test_batches_leave_by_their_expiry_once(self, lab):
		reagent, plain = self.reagent(has_batch_no=1, has_expiry_date=1), self.reagent()
		late, soon = self.batch(reagent, 300), self.batch(reagent, 30)
		self.receive(lab, reagent, 10, late)
		self.receive(lab, reagent, 2, soon)
		self.receive(lab, plain, 4)
		self.norm(lab.biochemistry, **{reagent: 2.5, plain: 1})
		order = self.ready(lab, lab.biochemistry, lab.blood_count)
		entry = consumption.issue(order)
		assert consumption.issue(order) == entry
		doc = frappe.get_doc("Stock Entry", entry)
		assert (doc.docstatus, doc.purpose) == (1, "Material Issue")
		assert self.left(lab, reagent) == {late: 9.5, soon: 0}
		assert self.left(lab, plain) == {None: 3}
		centers = {row.cost_center for row in doc.items}
		assert centers == {branches.cost_center(lab.branch.name)}

	def test_what_the_branch_does_not_have_is_said_and_not_issued(self, lab):
		reagent = self.reagent()
		self.receive(lab, reagent, 1)
		self.norm(lab.biochemistry, **{reagent: 2.5})
		order = self.ready(lab, lab.biochemistry)
		consumption.issue(order)
		assert self.left(lab, reagent) == {None: 0}
		event = frappe.get_doc("Journey Event", {"event": "stock.short", "lab_order": order})
		assert event.details["missing"] == {reagent: 1.5}

	def test_without_a_norm_nothing_leaves(self, lab):
		assert consumption.issue(self.ready(lab, lab.biochemistry)) is None

	def test_the_report_shows_what_was_wasted(self, lab):
		reagent = self.reagent()
		self.receive(lab, reagent, 10)
		self.norm(lab.biochemistry, **{reagent: 2})
		for _ in range(2):
			consumption.issue(self.ready(lab, lab.biochemistry))
		kind = frappe.db.get_value("Stock Entry Type", {"purpose": consumption.ISSUE})
		doc = books.new("Stock Entry", stock_entry_type=kind, purpose=consumption.ISSUE)
		unit = frappe.db.get_value("Item", reagent, "stock_uom")
		row = {"item_code": reagent, "qty": 0.5, "uom": unit, "stock_uom": unit, "conversion_factor": 1}
		doc.append("items", {**row, "s_warehouse": branches.warehouse(lab.branch.name)})
		books.submit(doc)
		day = str(clock.now().date())
		filters = {"branch": lab.branch.name, "from_date": day, "to_date": day}
		_columns, rows = report.execute(filters)
		assert [row[3:] for row in rows if row[0] == reagent] == [[4, 4.5, 0.5]]
		with pytest.raises(Refusal):
			report.execute({})

	@pytest.mark.parametrize("qty", [0, -1])
	def test_a_norm_of_nothing_is_refused(self, lab, qty):
		with pytest.raises((Refusal, frappe.ValidationError)):
			self.norm(lab.biochemistry, **{self.reagent(): qty})
