"""Prepayments: the link, the offer, the provider's word; money that is late, twice or another amount."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import frappe
import pytest

from lab_crm.booking import attendance, holds, service, waiting_list
from lab_crm.booking.tests.support import alter, events_of, fresh, insert, messages_of, move
from lab_crm.erp import links, payments, reactions
from lab_crm.erp.providers import offline
from lab_crm.erp.providers.base import FAILED, SUCCEEDED, Notification
from lab_crm.utils import tokens
from lab_crm.utils.errors import Refusal

pytestmark = pytest.mark.usefixtures("kept")
PROVIDER = offline.NAME


def note_of(to_pay, number: int = 1, **changes) -> Notification:
	note = Notification(f"{to_pay.name}-{number}", SUCCEEDED, Decimal("1000.00"), "RUB", to_pay.name)
	return replace(note, **changes)


def refused(code: str, function, *given, **named) -> Refusal:
	with pytest.raises(Refusal) as caught:
		function(*given, **named)
	assert caught.value.code == code, caught.value.message
	return caught.value


def payments_of(doc) -> list:
	fields = ["status", "amount", "problem"]
	return frappe.get_all("Patient Payment", {"booking": doc.name}, fields, order_by="creation, name")


def release(doc, frozen):
	"""Let the hold run out and its event be heard."""
	frozen.shift(timedelta(minutes=15))
	holds.release_expired()
	hear(doc, "booking.cancelled", reactions.cancelled)
	return fresh(doc)


def hear(doc, event: str, subscriber) -> None:
	for one in events_of(doc.name, event):
		subscriber(one)


class TestLink:
	def test_a_held_booking_has_one_open_link(self, paid_booking):
		doc, link = paid_booking
		assert (doc.status, doc.prepayment, link.amount, link.status) == ("Held", 1000, 1000, "Open")
		assert links.of(doc).name == link.name
		assert links.by_token(links.url_of(doc).split("/pay/")[1]) == link.name

	def test_it_is_sent_by_message_once(self, paid_booking):
		doc, link = paid_booking
		for _ in range(2):
			hear(doc, "booking.prepayment_due", reactions.prepayment_due)
		[message] = messages_of(doc.name, "booking.prepayment")
		token = message.body.split("/pay/")[1].split()[0]
		assert links.by_token(token) == link.name
		assert message.channel == "SMS"

	def test_without_acquiring_the_patient_is_asked_to_call(self, paid_booking):
		doc, _link = paid_booking
		links.close(doc.name, "Cancelled")
		frappe.db.set_single_value("ERP Settings", "payment_provider", None)
		assert links.url_of(doc) is None
		hear(doc, "booking.prepayment_due", reactions.prepayment_due)
		[message] = messages_of(doc.name, "booking.prepayment")
		assert "/pay/" not in message.body and "Оплатить" not in message.body

	def test_another_link_opens_nothing(self, paid_booking):
		doc, _link = paid_booking
		refused("LINK_INVALID", links.by_token, service.manage_token(doc))
		refused("LINK_INVALID", links.by_token, tokens.issue(links.TOKEN, "PRL-00000000", 1))

	def test_waived_the_link_is_closed(self, paid_booking):
		doc, link = paid_booking
		doc.waiver_reason = "Пациент платит на месте"
		doc.save()
		hear(doc, "booking.confirmed", reactions.confirmed)
		assert fresh(link).status == "Cancelled"
		assert links.state(fresh(link), fresh(doc)) == links.NOT_NEEDED


class TestStart:
	def test_the_offer_is_kept_with_time_version_and_address(self, paid_booking):
		_doc, link = paid_booking
		offer = links.offer()
		url = payments.start(link.name, offer.name, "203.0.113.5")
		kept = fresh(link)
		assert (kept.offer, kept.offer_version) == (offer.name, offer.version)
		assert kept.offer_accepted_at and kept.offer_accepted_from == "203.0.113.5"
		assert offline.confirmed_by(url.split("confirm=")[1]) == kept.payment_id

	def test_only_the_offer_in_force_is_accepted(self, paid_booking):
		_doc, link = paid_booking
		old = links.offer().name
		draft = frappe.get_doc("Payment Offer", frappe.get_doc("Payment Offer", old).new_version())
		draft.publish()
		refused("OFFER_CHANGED", payments.start, link.name, old, "")
		assert not fresh(link).offer

	def test_what_is_over_cannot_be_paid(self, paid_booking, frozen):
		doc, link = paid_booking
		frozen.shift(timedelta(minutes=15))
		assert links.state(link, doc) == links.EXPIRED
		refused("PAYMENT_CLOSED", payments.start, link.name, links.offer().name, "")


class TestReceived:
	def test_paid_it_is_booked_once_however_often_it_is_told(self, paid_booking):
		doc, link = paid_booking
		first = payments.receive(PROVIDER, note_of(link))
		again = payments.receive(PROVIDER, note_of(link))
		assert first.name == again.name
		doc = fresh(doc)
		assert (doc.status, doc.paid, doc.hold_until) == ("Booked", 1000, None)
		assert links.state(fresh(link), doc) == links.PAID
		assert len(events_of(doc.name, "payment.received")) == 1
		assert len(events_of(doc.name, "booking.confirmed")) == 1

	@pytest.mark.parametrize(
		"changes", [{"amount": Decimal("999.99")}, {"amount": Decimal("1000.01")}, {"currency": "USD"}]
	)
	def test_another_amount_or_currency_is_kept_and_books_nothing(self, paid_booking, changes):
		doc, link = paid_booking
		payments.receive(PROVIDER, note_of(link, **changes))
		assert (fresh(doc).status, fresh(doc).paid, fresh(link).status) == ("Held", 0, "Open")
		[kept] = payments_of(doc)
		assert kept.status == "To Refund" and "1000.00 RUB" in kept.problem

	def test_paid_twice_the_second_is_kept_to_be_refunded(self, paid_booking):
		doc, link = paid_booking
		payments.receive(PROVIDER, note_of(link, 1))
		payments.receive(PROVIDER, note_of(link, 2))
		assert [row.status for row in payments_of(doc)].count("To Refund") == 1
		assert fresh(doc).paid == 1000

	def test_paid_when_the_hold_is_over_but_the_time_not_yet_given_back_it_counts(self, paid_booking, frozen):
		doc, link = paid_booking
		frozen.shift(timedelta(minutes=16))
		payments.receive(PROVIDER, note_of(link))
		assert fresh(doc).status == "Booked"
		holds.release_expired()
		assert fresh(doc).status == "Booked"

	def test_paid_after_the_release_nothing_is_lost(self, paid_booking, frozen):
		doc, link = paid_booking
		assert release(doc, frozen).status == "Cancelled"
		assert fresh(link).status == "Expired"
		frozen.shift(timedelta(minutes=1))
		payments.receive(PROVIDER, note_of(link))
		[kept] = payments_of(doc)
		assert (kept.status, kept.amount) == ("To Refund", 1000)
		assert (fresh(doc).status, fresh(doc).paid) == ("Cancelled", 0)
		hear(doc, "payment.to_refund", reactions.to_refund)
		[message] = messages_of(doc.name, "payment.late")
		assert "000,00" in message.body

	def test_nobodys_money_is_refused_so_that_the_provider_keeps_it(self, paid_booking):
		_doc, link = paid_booking
		refused("PAYMENT_UNKNOWN", payments.receive, PROVIDER, note_of(link, link="PRL-00000000"))

	def test_a_failed_payment_changes_nothing(self, paid_booking, monkeypatch):
		doc, link = paid_booking
		monkeypatch.setattr(
			offline.OfflineProvider, "read", lambda self, headers, body: note_of(link, status=FAILED)
		)
		payments.notified(PROVIDER, {}, b"")
		assert not payments_of(doc) and fresh(doc).status == "Held"


class TestCredit:
	@pytest.fixture
	def paid(self, paid_booking):
		doc, link = paid_booking
		payments.receive(PROVIDER, note_of(link))
		return fresh(doc)

	@pytest.mark.parametrize("hours, word", [(48, "вовремя"), (1, "поздно")])
	def test_what_was_paid_for_a_cancelled_booking_is_to_be_refunded(self, paid, frozen, hours, word):
		frozen.move_to(frappe.utils.get_datetime(paid.start) - timedelta(hours=hours + 3))
		service.cancel(paid.name)
		for _ in range(2):
			hear(paid, "booking.cancelled", reactions.cancelled)
		[kept] = payments_of(paid)
		assert kept.status == "To Refund" and word in kept.problem
		assert len(events_of(paid.name, "payment.to_refund")) == 1
		hear(paid, "payment.to_refund", reactions.to_refund)
		assert not messages_of(paid.name, "payment.late")

	def test_a_refund_is_marked_by_the_accountant_with_a_word(self, paid, as_user):
		payments.release(paid.name, "Проверка")
		payment = frappe.get_doc("Patient Payment", {"booking": paid.name})
		with as_user("Lab Receptionist"), pytest.raises(frappe.PermissionError):
			payment.mark_refunded("переводом")
		with as_user("Lab Accountant"):
			refused("REFUND_NOTE_REQUIRED", payment.mark_refunded, " ")
			payment.mark_refunded("переводом на карту")
			refused("NOTHING_TO_REFUND", payment.mark_refunded, "ещё раз")
		assert fresh(payment).status == "Refunded"
		assert len(events_of(paid.name, "payment.refunded")) == 1

	def test_money_is_never_edited_or_deleted(self, paid):
		payment = frappe.get_doc("Patient Payment", {"booking": paid.name})
		payment.amount = 1
		refused("PAYMENT_KEPT", payment.save)
		for doctype in ("Patient Payment", "Payment Request Link"):
			name = frappe.db.get_value(doctype, {"booking": paid.name})
			refused("PAYMENT_KEPT", frappe.delete_doc, doctype, name)


class TestOffer:
	def test_versions_are_numbered_and_frozen_when_published(self, site):
		first = frappe.get_doc("Payment Offer", links.offer().name)
		draft = frappe.get_doc("Payment Offer", first.new_version())
		assert (draft.version, draft.status) == (first.version + 1, "Draft")
		draft.publish()
		refused("OFFER_PUBLISHED", draft.publish)
		assert (links.offer().name, fresh(first).status) == (draft.name, "Retired")
		first = fresh(first)
		first.text = "Другое"
		refused("OFFER_PUBLISHED", first.save)
		refused("OFFER_PUBLISHED", frappe.delete_doc, "Payment Offer", first.name)


class TestSettings:
	def test_a_provider_that_no_app_has_is_refused(self, site):
		settings = frappe.get_doc("ERP Settings")
		settings.payment_provider = "nobody"
		refused("PROVIDER_UNKNOWN", settings.save)


class TestWaitingList:
	def test_who_takes_an_offer_and_must_prepay_keeps_it_until_paid(self, paid_booking):
		"""The held time of an offer is no way round the rule."""
		doc, _link = paid_booking
		links.close(doc.name, "Cancelled")
		entry = insert(
			"Waiting List Entry",
			patient=doc.patient,
			branch=doc.branch,
			services=[{"service": doc.services[0].service}],
			date_from=doc.start.date(),
			date_to=doc.start.date(),
		)
		# As `waiting_offers` holds it: nothing to pay yet.
		frappe.db.set_value("Booking", doc.name, "prepayment", 0)
		entry.db_set({"status": "Offered", "booking": doc.name, "offered_until": doc.hold_until})
		for _ in range(2):
			taken = waiting_list.accept(doc.name)
			assert (taken.status, taken.prepayment) == ("Held", 1000)
		assert (
			len(events_of(doc.name, "booking.prepayment_due")) == 2
		)  # of the booking itself, and of the offer
		assert fresh(entry).status == "Offered"
		attendance.record_payment(doc.name, 1000)
		assert fresh(doc).status == "Booked"


class TestPolicy:
	def test_a_fixed_prepayment_is_never_more_than_the_price(self, paid_booking, clinic):
		doc, _link = paid_booking
		rules = frappe.get_doc("Booking Policy", clinic.branch)
		for amount, due in ((300, 300), (5000, 2000)):
			alter("Booking Policy", rules.name, prepay_kind="Fixed", prepay_amount=amount)
			frappe.db.set_value("Booking", doc.name, {"status": "Held", "prepayment": 0})
			assert move(doc, "Booked").prepayment == due
