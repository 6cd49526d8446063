"""The offline provider: its word is signed, and nothing of it can be altered."""

import json
from decimal import Decimal

import pytest

from lab_crm.erp.providers.offline import OfflineProvider, notice
from lab_crm.utils.errors import Refusal

GIVEN = ("OFF-1", "PRL-1", Decimal("1000.00"), "RUB")


def read(body: dict | bytes):
	raw = body if isinstance(body, bytes) else json.dumps(body).encode()
	return OfflineProvider().read({}, raw)


def test_what_was_signed_is_read(site):
	note = read(notice(*GIVEN))
	assert (note.payment_id, note.link, note.amount, note.currency) == GIVEN


@pytest.mark.parametrize(
	"change",
	[
		{"amount": "0.01"},
		{"currency": "USD"},
		{"link": "PRL-2"},
		{"payment_id": "OFF-2"},
		{"signature": ""},
		{"signature": None},
		{"amount": "NaN"},
		{"amount": None},
	],
)
def test_altered_it_is_refused(site, change):
	with pytest.raises(Refusal) as caught:
		read({**notice(*GIVEN), **change})
	assert (caught.value.code, caught.value.http_status_code) == ("SIGNATURE_WRONG", 403)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b"\xff", b'{"amount": 1}'])
def test_garbage_is_refused(site, body):
	with pytest.raises(Refusal) as caught:
		read(body)
	assert caught.value.code == "SIGNATURE_WRONG"
