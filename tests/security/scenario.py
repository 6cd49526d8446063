"""The documents that the matrix' calls are about (`@name` in `matrix.toml`)."""

import json

import frappe

from lab_crm.laboratory.tests.arrange import Laboratory, insert
from lab_crm.lis.tests.arrange import Line
from lab_crm.patients import merging
from lab_crm.privacy import consents
from lab_crm.utils import clock
from lab_crm.utils.names import random_name


class Scenario:
	"""A laboratory with one of everything that staff decide about."""

	def __init__(self, make):
		self.line = Line(make)
		self.lab: Laboratory = self.line.lab
		self._names = {"patient": self.lab.patient.name, "branch": self.lab.branch.name}
		self._add_visit()
		twins = [make.patient().name for _number in range(2)]
		self._names["merge"] = merging.merge(*twins, "одна карта", confirmed=True)
		self._add_messages()
		self._add_texts()
		if "lab_erp" in frappe.get_installed_apps():
			self._add_payroll()

	def _add_visit(self) -> None:
		order = self.lab.order()
		specimen = insert("Specimen", order=order.name, patient=order.patient)
		result = self.lab.report(order, self.lab.glucose("26.0"))
		alert = frappe.db.get_value("Critical Alert", {"result": result.name})
		ends = {"from_branch": self.lab.branch.name, "to_branch": self.lab.make.branch().name}
		transfer = insert("Specimen Transfer", **ends)
		made = {"order": order, "specimen": specimen, "result": result, "booking": self.lab.booking()}
		made["transfer"] = transfer
		outside = {"title": self.lab.biochemistry.name, "email": "lab@lab-crm.invalid"}
		outside = insert("External Laboratory", channel="Email", **outside)
		made["referral"] = frappe.new_doc("External Referral")
		made["referral"].update({"laboratory": outside.name, "branch": self.lab.branch.name})
		made["referral"].flags.by_system = True
		made["referral"].insert()
		self._names |= {key: doc.name for key, doc in made.items()}
		self._names |= {"alert": alert, "visit": order.visit}
		self._names["branches"] = json.dumps([self.lab.branch.name])
		self._names["services"] = json.dumps([self.lab.biochemistry.name])
		self._names["specimens"] = json.dumps([specimen.name])

	def _add_messages(self) -> None:
		self._names["received"] = self.line.receive(self.line.report(None, self.line.glucose()))
		sent = {"direction": "Out", "status": "Failed", "message_type": "OML^O21", "raw": "MSH|"}
		keys = {"control_id": self.line.application, "message_key": self.line.application}
		connection = self.line.connection.name
		unknown = {"lis_code": "СТРАННЫЙ", "code_key": self.line.application}
		self._names["unknown_code"] = insert("LIS Unknown Code", **unknown).name
		self._names["analyte"] = self.lab.glu
		self._add_catalogue_change()
		self._names["connection"] = self.line.connection.name
		self._names["outgoing"] = insert("LIS Message", connection=connection, **sent, **keys).name
		self._names["message"] = insert("Message", patient=self._names["patient"], status="Failed").name
		self._names["messages"] = json.dumps([self._names["message"]])

	def _add_catalogue_change(self) -> None:
		"""A master file of the LIS that names the analyte otherwise."""
		head = f"MSH|^~\\&|{self.line.application}|||LABCRM|||MFN^M08|{self.line.application}|P|2.5.1"
		record = f"MFE|MUP|1||{self.lab.glu}^Глюкоза иначе^L|CE"
		received = self.line.process(
			"\r".join((head, "MFI|OMA", record, f"OM1|1|{self.lab.glu}^Глюкоза иначе^L", ""))
		)
		change = frappe.db.get_value("Catalogue Change", {"lis_message": received.name})
		rows = frappe.get_all("Catalogue Change Row", {"change": change}, pluck="name")
		self._names |= {"catalogue_change": change, "catalogue_rows": json.dumps(rows)}

	def _add_texts(self) -> None:
		form = {"title": "Текст", "purpose": consents.MARKETING, "short_text": "Согласие", "text": "Согласие"}
		self._names["consent_form"] = insert("Consent Form", **form).name
		self._names["consent"] = consents.give(self._names["patient"], consents.MARKETING, "подпись").name
		rule = {"event": "recall.invite", "months": 6, "reason": "контроль", "is_active": 1}
		service = self.lab.biochemistry.name
		self._names["rule"] = insert(
			"Recall Rule", rule_name=f"Правило {service}", service=service, **rule
		).name
		self._names["import"] = "NSI Import"
		self._add_money()

	def _add_money(self) -> None:
		offer = {"title": "Условия", "short_text": "Согласие", "text": "Условия предоплаты"}
		self._names["offer"] = insert("Payment Offer", **offer).name
		money = {"amount": 100, "currency": "RUB", "status": "To Refund", "received_at": clock.now()}
		payment = {
			"provider": "offline",
			"payment_id": self._names["booking"],
			"payment_key": random_name("KEY"),
		}
		keys = {"patient": self._names["patient"], "booking": self._names["booking"]}
		self._names["shift"] = insert("Till Shift", branch=self._names["branch"]).name
		receipt = {"kind": "Sell", "amount": 1, "status": "Failed", "provider": "offline"}
		self._names["receipt"] = insert("Fiscal Receipt", receipt_key=random_name("KEY"), **receipt).name
		self._names["payment"] = insert("Patient Payment", **money, **payment, **keys).name
		terms = {"insurer": "Тестовое страхование", "number": random_name("Д"), "valid_from": "2020-01-01"}
		contract = insert("Insurer Contract", **terms).name
		period = {"period_from": "2027-01-01", "period_to": "2027-01-31"}
		self._names["register"] = insert("Insurer Register", contract=contract, **period).name

	def _add_payroll(self) -> None:
		days = {"from_date": "2031-01-01", "to_date": "2031-12-31", "weekly_off": "Sunday"}
		name = f"Выходные {self.lab.branch.name}"
		self._names["holidays"] = insert("Holiday List", holiday_list_name=name, **days).name
		company = frappe.get_all("Company", pluck="name", limit=1)[0]
		month = {"posting_date": "2031-01-31", "start_date": "2031-01-01", "end_date": "2031-01-31"}
		self._names["payroll"] = insert("Payroll Entry", company=company, **month).name

	def value(self, given):
		"""Return what a matrix' argument stands for."""
		return self._names[given[1:]] if isinstance(given, str) and given.startswith("@") else given
