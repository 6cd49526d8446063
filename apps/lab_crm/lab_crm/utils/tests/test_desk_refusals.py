"""A refusal reaches the person at the desk."""

import json

import frappe
import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from lab_crm.utils import desk_refusals
from lab_crm.utils.errors import Refusal


def failed(site, path: str = "/", status: int = 409, **body) -> dict:
	response = Response(json.dumps(body), status=status, mimetype="application/json")
	desk_refusals.show(response, Request(EnvironBuilder(path=path).get_environ()))
	return json.loads(response.get_data())


@pytest.fixture
def refusal(site):
	return Refusal("SLOT_TAKEN", "Это время <b>занято</b>", status=409)


def test_its_message_is_shown_as_the_frameworks_own_are(site, refusal):
	(message,) = json.loads(failed(site)["_server_messages"])
	assert json.loads(message)["message"] == "Это время &lt;b&gt;занято&lt;/b&gt;"


def test_messages_that_are_there_already_stay(site, refusal):
	assert failed(site, _server_messages="[]")["_server_messages"] == "[]"


def test_the_public_api_answers_in_its_own_form(site, refusal):
	body = {"error": {"code": "SLOT_TAKEN"}}
	assert failed(site, "/api/method/lab_crm.api.booking.create_booking", **body) == body


def test_a_refusal_that_was_handled_is_not_told(site, refusal):
	assert failed(site, status=200) == {}
	assert failed(site, status=500) == {}


def test_nothing_is_added_where_nothing_was_refused(site):
	frappe.local.refusal = None
	assert failed(site) == {}
