"""SMPP against a small SMSC of ours: parts, refusals, silence, receipts."""

import frappe
import pytest

from lab_crm.messaging import delivery, outbox
from lab_crm.messaging.providers.base import Account, DeliveryError, Outgoing
from lab_crm.messaging.providers.smpp import SmppProvider, receive_all
from lab_crm.messaging.tests import fake_smsc
from lab_crm.privacy import consents
from lab_crm.utils import clock

TEXT = "Вы записаны: 24 ноября в 08:30"
MESSAGE = Outgoing("MSG-TEST0001", "booking.created", "+79001234567", TEXT)


@pytest.fixture
def smsc():
	with fake_smsc.running() as running:
		yield running


@pytest.fixture
def provider(smsc):
	account = Account("SMS", smsc.address, fake_smsc.SYSTEM_ID, fake_smsc.PASSWORD, "LAB", timeout=0.5)
	made = SmppProvider(account)
	yield made
	made.close()


def test_a_short_message_is_one_part(smsc, provider):
	assert provider.send(MESSAGE).provider_id == "id-1"
	(part,) = smsc.parts
	assert (part.source, part.target, part.text, part.wants_receipt) == ("LAB", "79001234567", TEXT, 1)


def test_a_long_message_goes_in_parts_and_wants_one_receipt(smsc, provider):
	long = TEXT * 6
	sent = provider.send(Outgoing("MSG-TEST0002", "booking.created", "+79001234567", long))
	assert "".join(part.text for part in smsc.parts) == long
	assert [part.wants_receipt for part in smsc.parts] == [0, 0, 1]
	assert sent.provider_id == "id-3"


def test_one_connection_serves_many_messages(smsc, provider):
	assert [provider.send(MESSAGE).provider_id for _number in range(3)] == ["id-1", "id-2", "id-3"]


@pytest.mark.parametrize(
	("fault", "permanent", "uncertain"),
	[(0x0B, True, False), (0x58, False, False), ("silence", False, True), ("hang up", False, True)],
)
def test_what_a_refusal_means(smsc, provider, fault, permanent, uncertain):
	smsc.faults.append(fault)
	with pytest.raises(DeliveryError) as refused:
		provider.send(MESSAGE)
	assert (refused.value.permanent, refused.value.uncertain) == (permanent, uncertain)
	assert provider.send(MESSAGE).provider_id == "id-1"


def test_half_a_message_is_not_repeated_by_itself(smsc, provider):
	smsc.faults.extend([0, 0x58])
	with pytest.raises(DeliveryError) as refused:
		provider.send(Outgoing("MSG-TEST0003", "booking.created", "+79001234567", TEXT * 4))
	assert refused.value.uncertain


def test_a_wrong_password_has_certainly_sent_nothing(smsc):
	provider = SmppProvider(Account("SMS", smsc.address, "lab", "guessed", "LAB", timeout=0.5))
	with pytest.raises(DeliveryError) as refused:
		provider.send(MESSAGE)
	assert (refused.value.permanent, refused.value.uncertain) == (False, False)


@pytest.fixture
def message(site, smsc, make):
	"""A message handed over by SMPP, within the test's transaction."""
	frappe.db.commit = lambda: None  # the connection ends with the test
	channel = frappe.get_doc("Message Channel", "SMS")
	channel.update({"provider": "smpp", "base_url": smsc.address, "login": fake_smsc.SYSTEM_ID})
	channel.update({"secret": fake_smsc.PASSWORD, "sender": "LAB", "timeout_seconds": 1}).save()
	patient = make.patient()
	consents.give(patient.name, consents.SERVICE, "подпись")
	values = {"date": "24 ноября", "time": "08:30", "address": "Примерная ул., 15"}
	doc = outbox.queue("booking.created", patient.name, values, patient, channel="SMS")
	yield doc
	frappe.clear_document_cache("Message Channel", "SMS")


@pytest.mark.parametrize(
	("state", "status"), [("DELIVRD", "Delivered"), ("UNDELIV", "Failed"), ("ENROUTE", "Sent")]
)
def test_a_receipt_tells_what_became_of_it(message, smsc, state, status):
	delivery.deliver(message.name)
	smsc.receipts.append(
		f"id:id-1 sub:001 dlvrd:001 submit date:2611251030 done date:2611251031 stat:{state} err:007"
	)
	receive_all()
	message.reload()
	assert (message.status, smsc.answers) == (status, [0])


def test_a_receipt_we_do_not_know_yet_is_to_be_repeated(message, smsc):
	smsc.receipts.append("id:id-77 stat:DELIVRD err:000 text:")
	receive_all()
	assert smsc.answers == [0x64]


def test_an_attempt_without_an_answer_goes_to_staff_and_not_out_again(message, smsc):
	smsc.faults.append("silence")
	delivery.deliver(message.name)
	message.reload()
	assert (message.status, len(smsc.parts)) == ("Failed", 0)
	assert message.error.startswith("Возможно, дошло")
	message.send_again()
	delivery.deliver(message.name)
	message.reload()
	assert (message.status, len(smsc.parts)) == ("Sent", 1)


def test_a_worker_killed_while_handing_over_goes_to_staff(message, smsc):
	message.db_set({"in_flight": 1, "attempts": 1, "next_attempt_at": clock.now()})
	delivery.deliver(message.name)
	message.reload()
	assert (message.status, len(smsc.parts)) == ("Failed", 0)
