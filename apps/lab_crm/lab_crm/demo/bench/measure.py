"""How the benchmarks measure and what they print: every figure beside its baseline of the same run."""

import json
import statistics
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
	"""One measured figure.

	Args:
		metric: name of `quality.md`.
		value: what was measured, in `unit`.
		baseline: the anchor measured in the same run, in the same unit.
		ratio: value to baseline.
		target: the ratio aimed at, as text.
		n: how many were measured.
		note: what a reader must know.
	"""

	metric: str
	value: float
	unit: str
	baseline: float | None
	ratio: float | None
	target: str
	n: int
	note: str = ""

	def print(self) -> None:
		"""Print the figure as one line of JSON."""
		print(json.dumps(_rounded(asdict(self)), ensure_ascii=False), flush=True)


def compared(
	metric: str, unit: str, value: float, baseline: float, target: str, n: int, note: str = ""
) -> Figure:
	"""Return a figure with its ratio to the baseline."""
	return Figure(metric, value, unit, baseline, value / baseline, target, n, note)


def seconds(call: Callable[[], Any]) -> float:
	"""Return how long a call took."""
	began = time.perf_counter()
	call()
	return time.perf_counter() - began


def median(call: Callable[[], Any], times: int) -> float:
	"""Return the median seconds of a call, after one that warms up."""
	call()
	return statistics.median(seconds(call) for _ in range(times))


def percentile(values: Iterable[float], part: int) -> float:
	"""Return the `part`-th percentile (1–99)."""
	return statistics.quantiles(values, n=100)[part - 1]


def at_once(calls: list[Callable[[], Any]], clients: int) -> tuple[list[Any], float]:
	"""Run the calls by so many clients at once; return their answers and the seconds it took."""
	with ThreadPoolExecutor(clients) as pool:
		began = time.perf_counter()
		answers = list(pool.map(lambda call: call(), calls))
		return answers, time.perf_counter() - began


def _rounded(figure: dict[str, Any]) -> dict[str, Any]:
	return {
		key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in figure.items()
	}
