"""Where states and transitions of a workflow stand in the Workflow Builder. Pure: nothing of the framework.

A state stands right of the states from which it is reached. Transitions stand in the gap between two columns,
each on a line of its own, and states at the height of what leads to and from them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Position = dict[str, int]

# From one column of states to the next, and where transitions lead back as well.
COLUMN, WIDE_COLUMN = 460, 620
GAP = 270  # from a column of states to the transitions right of it
LINE = 56  # between two transitions
STATE_LINE = 110  # between two states of a column, at least
PASSES = 6  # of putting both at the height of what they belong to; they settle sooner
MARGIN = 30  # the Builder opens with its corner at the corner of the drawing
# The Builder places corners, not middles.
STATE_HALF_HEIGHT, ACTION_HALF_HEIGHT = 26, 16


@dataclass(frozen=True)
class Layout:
	"""Corners of the nodes, in pixels.

	Args:
		states: of each state.
		actions: of each transition, in the order they were given in.
		backwards: of each transition, whether it leads to the left.
	"""

	states: dict[str, Position]
	actions: list[Position]
	backwards: list[bool]


def arrange(states: Sequence[str], moves: Sequence[tuple[str, str]]) -> Layout:
	"""Return where everything stands.

	Args:
		states: their names, that of a new document first.
		moves: from which state to which, one for each transition.
	"""
	columns = _columns(states, moves)
	gaps = _gaps(columns, moves)
	lefts = _lefts(columns, gaps, moves)
	state_heights = {state: 0.0 for state in states}
	action_heights = [0.0] * len(moves)
	for _pass in range(PASSES):
		_place_actions(gaps, moves, state_heights, action_heights)
		_place_states(columns, moves, state_heights, action_heights)
	state_tops = [height - STATE_HALF_HEIGHT for height in state_heights.values()]
	top = min([*state_tops, *(height - ACTION_HALF_HEIGHT for height in action_heights)], default=0)
	return Layout(
		{
			state: _corner(lefts[columns[state]], height - top - STATE_HALF_HEIGHT)
			for state, height in state_heights.items()
		},
		[
			_corner(lefts[gap] + GAP, height - top - ACTION_HALF_HEIGHT)
			for gap, height in zip(gaps, action_heights, strict=True)
		],
		[columns[start] > columns[end] for start, end in moves],
	)


def _corner(x: float, y: float) -> Position:
	return {"x": round(x) + MARGIN, "y": round(y) + MARGIN}


def _columns(states: Sequence[str], moves: Sequence[tuple[str, str]]) -> dict[str, int]:
	"""Return the column of each state: one right of the rightmost from which it is reached, ways back left
	out.
	"""
	forward = _without_ways_back(states, moves)
	columns = dict.fromkeys(states, 0)
	for _round in states:
		for start, end in forward:
			columns[end] = max(columns[end], columns[start] + 1)
	return columns


def _without_ways_back(states: Sequence[str], moves: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
	targets: dict[str, list[str]] = {state: [] for state in states}
	for start, end in dict.fromkeys(moves):
		targets[start].append(end)
	kept: list[tuple[str, str]] = []
	done: set[str] = set()

	def walk(state: str, path: tuple[str, ...]) -> None:
		done.add(state)
		for target in targets[state]:
			if target in (*path, state):
				continue
			kept.append((state, target))
			if target not in done:
				walk(target, (*path, state))

	for state in states:
		if state not in done:
			walk(state, ())
	return kept


def _gaps(columns: dict[str, int], moves: Sequence[tuple[str, str]]) -> list[int]:
	"""Return right of which column each transition stands: beside the state it starts from, which is where
	the Builder says who may take it.
	"""
	return [columns[start] - (columns[start] > columns[end]) for start, end in moves]


def _lefts(columns: dict[str, int], gaps: list[int], moves: Sequence[tuple[str, str]]) -> list[int]:
	"""Return the left edge of each column; the role of a way back stands right of its transition."""
	wide = {gap for gap, (start, end) in zip(gaps, moves, strict=True) if columns[start] > columns[end]}
	lefts = [0]
	for gap in range(max(columns.values(), default=0)):
		lefts.append(lefts[-1] + (WIDE_COLUMN if gap in wide else COLUMN))
	return lefts


def _place_actions(gaps, moves, state_heights, action_heights) -> None:
	for gap in set(gaps):
		here = [number for number, one in enumerate(gaps) if one == gap]
		here.sort(key=lambda number: (_middle(moves[number], state_heights), moves[number], number))
		for line, number in enumerate(here):
			action_heights[number] = (line - (len(here) - 1) / 2) * LINE


def _middle(move: tuple[str, str], heights: dict[str, float]) -> float:
	return sum(heights[state] for state in move) / len(move)


def _place_states(columns, moves, state_heights, action_heights) -> None:
	wanted = {}
	for state in columns:
		own = [height for move, height in zip(moves, action_heights, strict=True) if state in move]
		wanted[state] = sum(own) / len(own) if own else state_heights[state]
	for column in set(columns.values()):
		here = sorted((state for state in columns if columns[state] == column), key=wanted.get)
		heights = _apart([wanted[state] for state in here])
		state_heights.update(zip(here, heights, strict=True))


def _apart(wanted: list[float]) -> list[float]:
	"""Return ascending heights near the wanted ones, none nearer to the next than a line of states."""
	placed: list[float] = []
	for height in wanted:
		placed.append(max(height, placed[-1] + STATE_LINE) if placed else height)
	# Pushed down by the ones before: move all up by what they are too low on average.
	shift = sum(after - before for before, after in zip(wanted, placed, strict=True)) / len(wanted)
	return [height - shift for height in placed]
