"""Where states and transitions stand in the Workflow Builder."""

from itertools import combinations

import pytest

from lab_crm.utils.workflow_layout import arrange

STATES = ("New", "Doubtful", "Sure", "Done", "Refused", "Alone")
MOVES = (
	("New", "Doubtful"),
	("Doubtful", "New"),
	("New", "Sure"),
	("New", "Sure"),
	("Doubtful", "Refused"),
	("Sure", "Done"),
	("Sure", "Refused"),
	("Refused", "New"),
)
# Size of a node at least, as the Builder draws it.
WIDTH, HEIGHT = 110, 33


@pytest.fixture(scope="module")
def layout():
	return arrange(STATES, MOVES)


def test_a_state_stands_right_of_those_it_is_reached_from(layout):
	columns = {state: layout.states[state]["x"] for state in STATES}
	assert columns["New"] < columns["Doubtful"] == columns["Sure"] < columns["Done"] == columns["Refused"]


def test_the_ways_back_are_known(layout):
	assert [move for move, back in zip(MOVES, layout.backwards, strict=True) if back] == [
		("Doubtful", "New"),
		("Refused", "New"),
	]


def test_a_transition_stands_beside_the_state_it_starts_from(layout):
	for (start, end), node, back in zip(MOVES, layout.actions, layout.backwards, strict=True):
		left, right = sorted((layout.states[start]["x"], layout.states[end]["x"]))
		assert left < node["x"] < right
		between = [x["x"] for x in layout.states.values() if left < x["x"] < right]
		assert all((one < node["x"]) == back for one in between)


def test_nothing_covers_anything(layout):
	for one, other in combinations([*layout.states.values(), *layout.actions], 2):
		assert abs(one["x"] - other["x"]) >= WIDTH or abs(one["y"] - other["y"]) >= HEIGHT, (one, other)


def test_everything_stands_within_the_page(layout):
	assert min(node[axis] for node in [*layout.states.values(), *layout.actions] for axis in "xy") > 0


def test_the_same_workflow_is_drawn_alike(layout):
	assert arrange(STATES, MOVES) == layout


@pytest.mark.parametrize("states", [(), ("Only",)])
def test_a_workflow_without_transitions_is_drawn_too(states):
	assert set(arrange(states, ()).states) == set(states)


def test_a_circle_ends():
	layout = arrange(("A", "B", "C"), (("A", "B"), ("B", "C"), ("C", "A")))
	assert [layout.states[state]["x"] for state in "ABC"] == sorted(
		{layout.states[state]["x"] for state in "ABC"}
	)
