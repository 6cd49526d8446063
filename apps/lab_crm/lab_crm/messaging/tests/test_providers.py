"""SMS gateways against a local server that plays them: taken, refused, silent, talking nonsense."""

from dataclasses import replace
from decimal import Decimal

import pytest

from lab_crm.demo import gateway
from lab_crm.messaging.providers.base import Account, DeliveryError, Outgoing
from lab_crm.messaging.providers.masking import described, masked
from lab_crm.messaging.providers.smsaero import SmsaeroProvider
from lab_crm.messaging.providers.smsc import SmscProvider, number_of

TEXT = "Вы записаны: 24 ноября в 08:30"
MESSAGE = Outgoing("MSG-TEST0001", "booking.created", "+79001234567", TEXT)
SMS = (SmscProvider, SmsaeroProvider)


@pytest.fixture
def server():
	with gateway.running() as running:
		yield running


@pytest.fixture
def provider(server, request):
	account = Account("SMS", server.url, gateway.LOGIN, gateway.SECRET, "LAB", timeout=0.5)
	made = request.param(account)
	yield made
	made.close()


every = pytest.mark.parametrize("provider", SMS, indirect=True, ids=lambda kind: kind.__name__)


@every
def test_a_message_is_taken_and_its_cost_told(server, provider):
	sent = provider.send(MESSAGE)
	assert (sent.provider_id, sent.cost) == (str(server.taken[0]["id"]), Decimal(gateway.PRICE))
	assert (server.taken[0]["to"], server.taken[0]["text"]) == ("79001234567", TEXT)


@every
@pytest.mark.parametrize(
	("fault", "uncertain"), [("500", True), ("garbage", True), ("silence", True), ("no money", False)]
)
def test_a_passing_trouble_is_tried_again(server, provider, fault, uncertain):
	server.faults.append(fault)
	with pytest.raises(DeliveryError) as refused:
		provider.send(MESSAGE)
	assert (refused.value.permanent, refused.value.uncertain) == (False, uncertain)
	provider.send(replace(MESSAGE, attempt=2, uncertain=uncertain))
	assert len(server.taken) == 1


@every
@pytest.mark.parametrize("fault", ["taken+500", "taken+silence"])
def test_what_was_taken_without_an_answer_is_not_sent_again(server, provider, fault):
	server.faults.append(fault)
	with pytest.raises(DeliveryError) as refused:
		provider.send(MESSAGE)
	assert refused.value.uncertain
	sent = provider.send(replace(MESSAGE, attempt=2, uncertain=True))
	assert sent.provider_id == str(server.taken[0]["id"])
	assert len(server.taken) == 1


@every
def test_what_the_gateway_gave_up_is_sent_again(server, provider):
	server.faults.append("taken+500")
	with pytest.raises(DeliveryError):
		provider.send(MESSAGE)
	server.taken[0]["status"] = 20 if isinstance(provider, SmscProvider) else 2
	provider.send(replace(MESSAGE, attempt=2, uncertain=True))
	assert len(server.taken) == 2


@every
def test_a_wrong_number_is_refused_for_good(server, provider):
	server.faults.append("refuse")
	with pytest.raises(DeliveryError) as refused:
		provider.send(MESSAGE)
	assert refused.value.permanent and not refused.value.uncertain


@every
def test_a_wrong_password_makes_messages_wait(server, provider):
	provider.account = replace(provider.account, secret="not the password")
	with pytest.raises(DeliveryError) as refused:
		provider.send(MESSAGE)
	assert not refused.value.permanent
	assert server.taken == []


@pytest.mark.parametrize("kind", SMS)
def test_a_gateway_that_is_away_has_certainly_not_taken_it(kind):
	with gateway.running() as gone:
		url = gone.url
	provider = kind(Account("SMS", url, gateway.LOGIN, gateway.SECRET, timeout=0.5))
	with pytest.raises(DeliveryError) as refused:
		provider.send(MESSAGE)
	assert (refused.value.permanent, refused.value.uncertain) == (False, False)


@every
def test_the_log_holds_no_secret_no_text_and_no_whole_phone(server, provider):
	server.faults.extend(["", "500", "silence"])
	provider.send(MESSAGE)
	for _fault in range(2):
		with pytest.raises(DeliveryError):
			provider.send(MESSAGE)
	assert [bool(one.error) for one in provider.exchanges] == [False, True, True]
	written = str(provider.exchanges)
	for hidden in (gateway.SECRET, "24 ноября", "79001234567"):
		assert hidden not in written
	assert "***4567" in written


def test_many_at_once_over_a_few_connections(server):
	from concurrent.futures import ThreadPoolExecutor

	provider = SmscProvider(Account("SMS", server.url, "", gateway.SECRET))
	messages = [replace(MESSAGE, id=f"MSG-{number}") for number in range(40)]
	with ThreadPoolExecutor(provider.at_once) as pool:
		list(pool.map(provider.send, messages))
	assert {row["id"] for row in server.taken} == {number_of(message.id) for message in messages}


def test_a_number_of_a_message_fits_and_differs():
	numbers = {number_of(f"MSG-{number}") for number in range(2000)}
	assert len(numbers) == 2000
	assert all(1 <= number < 2**31 for number in numbers)


@pytest.mark.parametrize(
	("text", "seen"),
	[
		("key=s3cr3t-key&x=1", "key=***&x=1"),
		("+79001234567", "***4567"),
		('{"phone": "79001234567"}', '{"phone": "***4567"}'),
		("id 1234", "id 1234"),
	],
)
def test_masking(text, seen):
	assert masked(text, ("s3cr3t-key", "")) == seen


def test_texts_are_told_by_their_length_only():
	assert described({"mes": "тайна", "id": 5}, ("mes",), ()) == {"mes": "(5)", "id": "5"}
