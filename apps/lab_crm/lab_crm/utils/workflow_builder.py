"""What the framework's Workflow Builder opens: the states and transitions of a Workflow as a drawing.

The drawing stands in `workflow_data`. Where there is none, the Builder puts all states on one line and all
transitions above each other.
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import frappe

from lab_crm.utils import workflow_layout

# What the Builder keeps of a state and of a transition, beside where it stands.
STATE_FIELDS = (
	"state", "allow_edit", "update_field", "update_value", "is_optional_state", "next_action_email_template",
	"message",
)  # fmt: skip
MOVE_FIELDS = ("action", "allowed", "allow_self_approval", "condition")
DOC_STATUSES = ("Draft", "Submitted", "Cancelled")
NODE = "workflow_builder_id"


def draw(doc) -> None:
	"""Draw a Workflow anew, so that its states and transitions can be read in the Builder."""
	moves = [(row.state, row.next_state) for row in doc.transitions]
	layout = workflow_layout.arrange([row.state for row in doc.states], moves)
	ids = {row.state: str(number) for number, row in enumerate(doc.states, 1)}
	elements = [_state(row, ids[row.state], layout.states[row.state]) for row in doc.states]
	edges = []
	for number, row in enumerate(doc.transitions):
		source, node, target = ids[row.state], f"action-{number + 1}", ids[row.next_state]
		data = {"from": row.state, "to": row.next_state, "from_id": source, "to_id": target}
		data.update({field: _value(row, field) for field in MOVE_FIELDS})
		elements.append(_node(node, "action", layout.actions[number], data))
		sides = ("left", "right") if layout.backwards[number] else ("right", "left")
		edges += [_edge(source, node, sides), _edge(node, target, sides)]
	if _rows_know_their_nodes():
		_name_rows(doc, ids)
	doc.workflow_data = json.dumps([*elements, *edges], ensure_ascii=False)


def keep_true(doc, _method: str | None = None) -> None:
	"""Draw a Workflow anew if its rows were changed in the form (`doc_events`).

	Where rows do not know their nodes, the Builder goes by the drawing alone: it would show what was before,
	and put it back when it saves.
	"""
	if doc.workflow_data and not _rows_know_their_nodes() and _drawn(doc) != _written(doc):
		draw(doc)


def _value(row, field: str) -> Any:
	"""A field of a row; in one that is not yet inserted, what it is going to be."""
	value = row.get(field)
	return frappe.new_doc(row.doctype).get(field) if value is None else value


def _written(doc) -> tuple[set, Counter]:
	moves = Counter((row.state, row.action, row.next_state, row.allowed) for row in doc.transitions)
	return {row.state for row in doc.states}, moves


def _drawn(doc) -> tuple[set, Counter]:
	nodes = [node for node in json.loads(doc.workflow_data) if node["type"] in ("state", "action")]
	states = {node["data"].get("state") for node in nodes if node["type"] == "state"}
	moves = [node["data"] for node in nodes if node["type"] == "action"]
	return states, Counter(
		tuple(move.get(key) for key in ("from", "action", "to", "allowed")) for move in moves
	)


def _rows_know_their_nodes() -> bool:
	return frappe.get_meta("Workflow Document State").has_field(NODE)


def _state(row, node: str, position: workflow_layout.Position) -> dict[str, Any]:
	data = {
		"doc_status": DOC_STATUSES[int(row.doc_status)],
		**{field: row.get(field) for field in STATE_FIELDS},
	}
	return _node(node, "state", position, data)


def _node(node: str, kind: str, position: workflow_layout.Position, data: dict[str, Any]) -> dict[str, Any]:
	return {"id": node, "type": kind, "position": position, "data": data}


def _edge(source: str, target: str, sides: tuple[str, str]) -> dict[str, Any]:
	return {
		"id": f"edge-{source}-{target}",
		"type": "transition",
		"source": source,
		"target": target,
		"sourceHandle": sides[0],
		"targetHandle": sides[1],
		"updatable": True,
		"animated": True,
	}


def _name_rows(doc, ids: Mapping[str, str]) -> None:
	"""Tie the rows to their nodes, where the framework keeps the tie in the rows."""
	for row in doc.states:
		row.set(NODE, ids[row.state])
	for number, row in enumerate(doc.transitions, 1):
		row.set(NODE, f"action-{number}")
