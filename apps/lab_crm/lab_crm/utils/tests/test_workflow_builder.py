"""The drawing of a Workflow that the framework's Workflow Builder opens."""

import json
from collections import Counter

import frappe
import pytest

from lab_crm.patches import workflows_are_drawn
from lab_crm.utils import workflow_builder

SHIPPED = workflows_are_drawn.SHIPPED


def drawn(name: str) -> list[dict]:
	return json.loads(frappe.db.get_value("Workflow", name, "workflow_data"))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_workflow_is_drawn_whole(site, name):
	doc = frappe.get_doc("Workflow", name)
	nodes = drawn(name)
	assert {node["data"]["state"] for node in nodes if node["type"] == "state"} == {
		row.state for row in doc.states
	}
	moves = Counter(
		(node["data"]["from"], node["data"]["action"], node["data"]["to"], node["data"]["condition"])
		for node in nodes
		if node["type"] == "action"
	)
	assert moves == Counter((row.state, row.action, row.next_state, row.condition) for row in doc.transitions)


def test_a_workflow_that_is_not_yet_stored_is_drawn_with_what_its_rows_are_going_to_be(site):
	doc = frappe.new_doc("Workflow")
	doc.append("states", {"state": "Booked", "doc_status": "0", "allow_edit": "Lab Director"})
	move = {"state": "Booked", "action": "Confirm", "next_state": "Booked", "allowed": "Lab Director"}
	doc.append("transitions", move)
	doc.append("transitions", {**move, "allow_self_approval": 0})
	workflow_builder.draw(doc)
	nodes = [node["data"] for node in json.loads(doc.workflow_data) if node["type"] == "action"]
	assert [int(node["allow_self_approval"]) for node in nodes] == [1, 0]


@pytest.mark.parametrize("name", SHIPPED)
def test_each_transition_is_tied_to_its_two_states(site, name):
	nodes = drawn(name)
	ids = {node["data"]["state"]: node["id"] for node in nodes if node["type"] == "state"}
	edges = {(node["source"], node["target"]) for node in nodes if node["type"] == "transition"}
	for node in nodes:
		if node["type"] == "action":
			assert (ids[node["data"]["from"]], node["id"]) in edges
			assert (node["id"], ids[node["data"]["to"]]) in edges


def test_what_is_changed_in_the_form_is_drawn_too(site):
	if workflow_builder._rows_know_their_nodes():
		pytest.skip("this framework's Builder goes by the rows")
	doc = frappe.get_doc("Workflow", "Recall")
	doc.transitions[0].allowed = "Lab Director"
	doc.save()
	assert "Lab Director" in [
		node["data"].get("allowed") for node in drawn("Recall") if node["type"] == "action"
	]


def test_what_an_administrator_has_moved_stays_where_it_is(site):
	doc = frappe.get_doc("Workflow", "Recall")
	nodes = json.loads(doc.workflow_data)
	nodes[0]["position"] = {"x": 7, "y": 11}
	doc.workflow_data = json.dumps(nodes)
	doc.save()
	workflows_are_drawn.execute()
	assert drawn("Recall")[0]["position"] == {"x": 7, "y": 11}


def test_a_workflow_shipped_without_a_drawing_gets_one(site):
	frappe.db.set_value("Workflow", "Recall", "workflow_data", None)
	workflows_are_drawn.execute()
	assert drawn("Recall")
