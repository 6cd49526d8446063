"""Guarantee letters: who approves them, what they pay for, and that no limit is exceeded (F81)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import frappe
import pytest
from frappe.model.workflow import apply_workflow

from lab_crm.erp import (
	balance,
	books,
	branches,
	counterparts,
	guarantee,
	insured,
	invoices,
	items,
	payers,
	postings,
	till,
)
from lab_crm.erp.tests import books_of
from lab_crm.erp.tests.insurance import POLICY, Insurance, fresh
from lab_crm.erp.tests.test_till import CARD, CASH, of, refused
from lab_crm.laboratory import orders
from lab_crm.laboratory.checkin import check_in
from lab_crm.laboratory.tests.arrange import insert
from lab_crm.utils import clock

D = Decimal
kept = pytest.mark.usefixtures("kept")


@pytest.fixture
def insurance(make, noon):
	books_of.ready()
	return Insurance(make)


def arrive(insurance, *services, **fields) -> str:
	"""Check in and charge a visit by DMS of services at 900 ₽ each; return the visit."""
	visit = check_in(insurance.lab.booking(*services, funding="DMS", **fields).name)["visit"]
	invoices.charge(visit)
	return visit


def billed(visit: str) -> tuple[list[str], list[str]]:
	"""What of a visit the insurer and the patient were billed for."""
	theirs, patients = [], counterparts.of("Visit", visit, invoices.PATIENTS)
	own = [row.item_code for row in invoices.not_returned(patients)] if patients else []
	main = counterparts.of("Visit", visit, invoices.ROLE)
	if main != patients:
		theirs = [row.item_code for row in invoices.not_returned(main)]
	return theirs, own


@kept
class TestApproval:
	def test_the_front_desk_requests_and_the_accountant_approves(self, insurance, as_user):
		with as_user("Lab Receptionist") as user:
			letter = insurance.request()
			assert (letter.status, letter.policy_number, letter.requested_by) == ("Requested", POLICY, user)
			with pytest.raises(frappe.ValidationError):
				apply_workflow(letter, "Approve")
		with as_user("Lab Accountant"):
			apply_workflow(fresh(letter), "Approve")
		assert fresh(letter).status == "Approved"

	def test_nobody_approves_by_saving(self, insurance, as_user):
		letter = insurance.request()
		with as_user("Lab Receptionist"):
			doc = fresh(letter)
			doc.status = "Approved"
			with pytest.raises(frappe.ValidationError):
				doc.save()

	@pytest.mark.parametrize("field", ["number", "valid_from", "valid_to"])
	def test_an_approved_letter_says_until_when(self, insurance, as_user, field):
		letter = insurance.request(**{field: None})
		with as_user("Lab Director"):
			refused("LETTER_INCOMPLETE", apply_workflow, letter, "Approve")

	def test_a_rejection_says_why_and_may_be_asked_again(self, insurance, as_user):
		letter = insurance.request()
		with as_user("Lab Accountant"):
			refused("ANSWER_REQUIRED", apply_workflow, fresh(letter), "Reject")
			doc = fresh(letter)
			doc.answer = "Не входит в программу"
			doc.save()
			apply_workflow(doc, "Reject")
		with as_user("Lab Receptionist"):
			apply_workflow(fresh(letter), "Request Again")
		assert fresh(letter).status == "Requested"

	def test_what_was_promised_is_not_changed(self, insurance, as_user):
		letter = insurance.letter(limit_amount=1000)
		for change in ({"limit_amount": 5000}, {"valid_to": clock.now().date()}, {"services": [{}]}):
			with as_user("Lab Accountant"):
				doc = fresh(letter)
				rows = change.pop("services", None)
				doc.update(change)
				if rows:
					doc.append("services", {"service": insurance.lab.panel.name})
				refused("LETTER_FIXED", doc.save)

	def test_what_was_used_is_not_typed(self, insurance, as_user):
		letter = insurance.request()
		with as_user("Lab Director"):
			doc = fresh(letter)
			doc.update({"used_amount": 5, "used_quantity": 5})
			doc.save()
		assert (fresh(letter).used_amount, fresh(letter).used_quantity) == (0, 0)

	def test_after_its_last_day_it_expires(self, insurance):
		day = clock.now().date()
		over = insurance.letter(valid_from=day - timedelta(days=9), valid_to=day - timedelta(days=1))
		asked = insurance.request(valid_to=day - timedelta(days=1), valid_from=day - timedelta(days=9))
		valid = insurance.letter(valid_to=day)
		guarantee.expire()
		assert [fresh(one).status for one in (over, asked, valid)] == ["Expired", "Requested", "Approved"]


@kept
class TestContract:
	def test_two_cards_of_one_programme_are_refused(self, insurance):
		same = {key: insurance.contract.get(key) for key in ("number", "insurer", "valid_from")}
		insert("Insurer Contract", **same, programme="Стандарт")
		with pytest.raises(frappe.UniqueValidationError):
			insert("Insurer Contract", **{**same, "insurer": f" {insurance.insurer.upper()} "})

	def test_dates_and_rows_must_make_sense(self, insurance):
		terms = {**insurance.numbered(), "insurer": insurance.insurer}
		refused("CONTRACT_DATES_INVALID", insert, "Insurer Contract", **terms, valid_to="2001-01-01")
		refused("SERVICE_OR_CATEGORY", insert, "Insurer Contract", **terms, covered=[{"excluded": 1}])


@kept
class TestVisit:
	def test_the_insurer_pays_by_a_letter(self, insurance):
		letter = insurance.letter(limit_amount=2000)
		lab = insurance.lab
		visit = arrive(insurance, lab.panel, lab.biochemistry)
		assert billed(visit) == ([lab.panel.name, lab.biochemistry.name], [])
		invoice = books_of.invoice(counterparts.of("Visit", visit, invoices.ROLE))
		assert invoice.customer == payers.insurer("DMS", insurance.insurer)
		assert (fresh(letter).used_amount, fresh(letter).used_quantity) == (1800, 2)
		assert fresh(letter).status == "Approved"
		for _again in range(2):
			invoices.charge(visit)
		assert fresh(letter).used_amount == 1800

	def test_what_does_not_fit_is_the_patients(self, insurance):
		letter = insurance.letter(limit_amount=900)
		lab = insurance.lab
		visit = arrive(insurance, lab.panel, lab.biochemistry)
		assert billed(visit) == ([lab.panel.name], [lab.biochemistry.name])
		assert fresh(letter).status == "Exhausted"
		assert balance.of_patient(lab.patient.name).owed == D("900.00")
		patients = books_of.invoice(counterparts.of("Visit", visit, invoices.PATIENTS))
		assert patients.customer == payers.of_patient(lab.patient.name)
		assert "не помещается в остаток лимита" in patients.remarks
		assert patients.due_date == patients.posting_date
		for customer in (patients.customer, payers.insurer("DMS", insurance.insurer)):
			assert books_of.is_balanced(customer)

	def test_without_a_letter_the_patient_pays_all(self, insurance):
		insurance.request()  # not answered yet
		visit = arrive(insurance)
		assert billed(visit) == ([], [insurance.lab.panel.name])
		assert invoices.of_visit(visit) == [invoices.of_patient(visit, "DMS")]

	def test_a_contract_without_letters_covers_its_programme(self, make, noon):
		books_of.ready()
		insurance = Insurance(make, letter_required=0, payment_days=10)
		lab = insurance.lab
		insurance.contract.append("covered", {"service": lab.biochemistry.name, "excluded": 1})
		insurance.contract.save()
		visit = arrive(insurance, lab.panel, lab.biochemistry)
		assert billed(visit) == ([lab.panel.name], [lab.biochemistry.name])
		invoice = books_of.invoice(counterparts.of("Visit", visit, invoices.ROLE))
		assert (invoice.due_date - invoice.posting_date).days == 10

	def test_the_insurer_pays_the_negotiated_price_and_the_limit_counts_it(self, make, noon):
		books_of.ready()
		insurance = Insurance(make, price_list="Тест-ДМС")
		lab = insurance.lab
		make.price(lab.panel.name, 755.55, funding="DMS", price_list="Тест-ДМС")
		letter = insurance.letter(limit_amount=755.55)
		visit = arrive(insurance, lab.panel, lab.biochemistry)
		assert billed(visit) == ([lab.panel.name], [lab.biochemistry.name])
		assert invoices.owed(counterparts.of("Visit", visit, invoices.ROLE)) == D("755.55")
		assert invoices.owed(counterparts.of("Visit", visit, invoices.PATIENTS)) == D("900.00")
		assert (fresh(letter).used_amount, fresh(letter).status) == (755.55, "Exhausted")

	def test_a_letter_that_expires_today_pays_for_today(self, insurance):
		letter = insurance.letter(valid_to=clock.now().date())
		visit = check_in(insurance.lab.booking(funding="DMS").name)["visit"]
		frappe.db.set_value("Guarantee Letter", letter.name, "status", "Expired")  # charged after midnight
		invoices.charge(visit)
		assert billed(visit) == ([insurance.lab.panel.name], [])
		assert fresh(letter).status == "Expired"

	@pytest.mark.parametrize("status", ["Requested", "Rejected"])
	def test_only_a_promise_pays(self, insurance, status):
		letter = insurance.letter()
		frappe.db.set_value("Guarantee Letter", letter.name, "status", status)
		assert billed(arrive(insurance)) == ([], [insurance.lab.panel.name])

	def test_a_letter_of_another_patient_or_insurer_pays_nothing(self, insurance, make):
		other = Insurance(make)
		other.letter()
		other.letter(patient=insurance.lab.patient.name)
		assert billed(arrive(insurance)) == ([], [insurance.lab.panel.name])

	def test_letters_follow_a_merged_card(self, insurance, make):
		from lab_crm.patients import merging

		letter = insurance.letter(patient=make.patient().name)
		merging.merge(insurance.lab.patient.name, letter.patient, "одна карта", confirmed=True)
		assert billed(arrive(insurance)) == ([insurance.lab.panel.name], [])
		assert fresh(letter).used_quantity == 1


@kept
class TestRelease:
	def test_a_cancelled_order_gives_the_limit_back(self, insurance):
		letter = insurance.letter(limit_quantity=2)
		lab = insurance.lab
		visit = arrive(insurance, lab.panel, lab.biochemistry)
		assert fresh(letter).status == "Exhausted"
		order = frappe.db.get_value("Lab Order", {"visit": visit})
		orders.set_cancelled(order, "Пациент отказался")
		event = frappe.db.get_value("Journey Event", {"event": "order.cancelled", "visit": visit})
		for _again in range(2):
			postings.order_cancelled(frappe.get_doc("Journey Event", event))
		assert (fresh(letter).status, fresh(letter).used_quantity) == ("Approved", 0)
		assert billed(visit) == ([], [])

	def test_both_invoices_are_taken_back(self, insurance):
		letter = insurance.letter(limit_amount=900)
		lab = insurance.lab
		visit = arrive(insurance, lab.panel, lab.biochemistry)
		for _again in range(2):
			invoices.take_back(visit, [lab.panel.name, lab.biochemistry.name], "test")
		assert billed(visit) == ([], []) and fresh(letter).used_amount == 0
		assert balance.of_patient(lab.patient.name).owed == 0
		assert balance.of_customer(payers.insurer("DMS", insurance.insurer)).owed == 0

	def test_a_cancelled_invoice_gives_the_limit_back(self, insurance):
		letter = insurance.letter(limit_amount=900)
		visit = arrive(insurance)
		with books.as_system():
			books_of.invoice(counterparts.of("Visit", visit, invoices.ROLE)).cancel()
		assert (fresh(letter).used_amount, fresh(letter).status) == (0, "Approved")

	def test_a_cancelled_return_takes_the_limit_again_unless_it_is_gone(self, insurance):
		letter = insurance.letter(limit_amount=900)
		first, second = arrive(insurance), arrive(insurance)
		assert billed(second) == ([], [insurance.lab.panel.name])
		returned = invoices.take_back(first, [insurance.lab.panel.name], "test")
		assert fresh(letter).used_amount == 0
		with books.as_system():
			books_of.invoice(returned).cancel()
		assert fresh(letter).used_amount == 900
		returned = invoices.take_back(first, [insurance.lab.panel.name], "again")
		arrive(insurance)
		with books.as_system():
			refused("LETTER_SPENT", books_of.invoice(returned).cancel)

	def test_what_money_was_spent_on_is_never_deleted(self, insurance):
		insurance.letter()
		use = frappe.get_all("Guarantee Letter Use", {"visit": arrive(insurance)}, pluck="name")[0]
		refused("PAYMENT_KEPT", frappe.delete_doc, "Guarantee Letter Use", use, ignore_permissions=True)


@kept
class TestFrontDesk:
	def test_the_booking_tells_who_will_pay(self, insurance, as_user):
		insurance.letter(limit_amount=900)
		lab = insurance.lab
		booking = lab.booking(lab.panel, lab.biochemistry, funding="DMS")
		with as_user("Lab Receptionist"):
			found = insured.who_pays("Booking", booking.name)
		assert (found["insurer_sum"], found["patient_sum"], found["billed"]) == (900, 900, False)
		assert "не помещается в остаток лимита" in found["message"]
		assert found["letter"] and found["contract"] == insurance.contract.name
		assert not frappe.db.exists("Guarantee Letter Use", {"letter": ("is", "set"), "visit": booking.name})

	def test_billed_it_says_what_was_billed(self, insurance):
		insurance.letter(limit_amount=900)
		lab = insurance.lab
		visit = arrive(insurance, lab.panel, lab.biochemistry)
		found = insured.who_pays("Visit", visit)
		assert [(row["service_name"], row["payer"]) for row in found["rows"]] == [
			(lab.panel.service_name, "Insurer"),
			(lab.biochemistry.service_name, "Patient"),
		]
		assert found["billed"]

	def test_without_a_policy_or_a_contract_it_says_so(self, insurance, make):
		stranger = make.patient().name
		found = insured.who_pays("Booking", insurance.lab.booking(funding="DMS", patient=stranger).name)
		assert "нет действующего полиса ДМС" in found["message"]
		frappe.db.set_value("Insurer Contract", insurance.contract.name, "insurer_key", "иначе")
		found = insured.who_pays("Booking", insurance.lab.booking(funding="DMS").name)
		assert "не заведён" in found["message"] and found["patient_sum"] == 0

	def test_other_fundings_and_documents(self, insurance):
		booking = insurance.lab.booking(funding="OMS")
		assert insured.who_pays("Booking", booking.name) == {"name": booking.name, "funding": "OMS"}
		refused("NOT_INSURED", insured.who_pays, "Patient", insurance.lab.patient.name)

	def test_the_till_takes_the_patients_part(self, insurance, as_user):
		insurance.letter(limit_amount=900)
		lab = insurance.lab
		visit = check_in(lab.booking(lab.panel, lab.biochemistry, funding="DMS").name)["visit"]
		with as_user("Lab Receptionist") as user:
			frappe.db.set_value("Till Shift", {"open_key": user}, "open_key", None)
			till.open_shift(lab.branch.name, 0)
			assert till.due(visit)["owed"] == 900
			refused("WRONG_SUM", till.pay, visit, [of(CASH, 1800)], "a")
			frappe.db.rollback()
			till.pay(visit, [of(CASH, 400), of(CARD, 500)], "k")
			due = till.due(visit)
			assert (due["owed"], due["balance"]) == (0, 0)
			assert [row["service"] for row in due["services"]] == [lab.biochemistry.name]
			till.give_back(visit, [lab.biochemistry.name], [of(CASH, 400), of(CARD, 500)], "b", "отказ")
		assert billed(visit) == ([lab.panel.name], [])
		assert balance.of_patient(lab.patient.name).owed == 0


def test_two_visits_at_once_cannot_spend_the_same_limit(site, make, profile):
	"""Eight visits of one letter are charged at the same moment; three fit into its limit."""
	books_of.ready()
	insurance = Insurance(make)
	lab = insurance.lab
	# What every invoice names is there already: only the limit is fought for.
	for made in (payers.insurer("DMS", insurance.insurer), payers.of_patient(lab.patient.name)):
		assert made and items.of(lab.panel.name) and branches.cost_center(lab.branch.name)
	letter = insurance.letter(limit_amount=2700)
	visits = [check_in(insurance.lab.booking(funding="DMS").name)["visit"] for _number in range(8)]
	for visit in visits:
		frappe.db.delete("Journey Event", {"visit": visit})  # nobody else charges them
	frappe.db.commit()
	gate = Barrier(len(visits))

	def charge(visit: str) -> None:
		frappe.init(site=profile.site, sites_path=str(profile.sites), force=True)
		frappe.connect()
		frappe.flags.in_test = True
		try:
			gate.wait(60)
			_insist(visit)
		finally:
			frappe.destroy()

	with ThreadPoolExecutor(len(visits)) as pool:
		list(pool.map(charge, visits))
	frappe.db.rollback()  # a new snapshot
	covered = [visit for visit in visits if billed(visit)[0]]
	assert len(covered) == 3 and all(sum(map(len, billed(visit))) == 1 for visit in visits)
	assert (fresh(letter).used_amount, fresh(letter).status) == (2700, "Exhausted")
	uses = frappe.get_all("Guarantee Letter Use", {"letter": letter.name}, pluck="visit")
	assert sorted(uses) == sorted(covered)


def _insist(visit: str) -> None:
	"""Charge as a job does: a lost transaction is tried again."""
	for _attempt in range(10):
		try:
			invoices.charge(visit)
			frappe.db.commit()
			return
		except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
			frappe.db.rollback()
	raise AssertionError(f"{visit} was not charged")
