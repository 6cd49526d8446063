"""Time that counts: how far back from now a number of working minutes reaches. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

LOOK_BACK = 60  # days


@dataclass(frozen=True, slots=True)
class Period:
	"""Weekly hours: `weekday` from 0 (Monday), `start` and `end` times of the day; an end that is not after
	the start is on the next day.
	"""

	weekday: int
	start: time
	end: time


def reach_back(now: datetime, minutes: int, periods: Iterable[Period]) -> datetime | None:
	"""Return the moment between which and now there are so many minutes of working time.

	Args:
		now: naive.
		minutes: of working time.
		periods: when one works; none means day and night.

	Returns:
		None when now is outside the working time, or when there is not enough of it.
	"""
	periods, left = list(periods), timedelta(minutes=minutes)
	if not periods:
		return now - left
	spans = sorted(_spans(now, periods), key=lambda span: span[::-1], reverse=True)  # the latest end first
	if not spans or spans[0][1] < now:
		return None
	earliest = now
	for start, end in spans:
		end = min(end, earliest)  # periods may overlap
		if end - start >= left:
			return end - left
		left -= max(end - start, timedelta(0))
		earliest = min(earliest, start)
	return None


def _spans(now: datetime, periods: list[Period]) -> Iterator[tuple[datetime, datetime]]:
	"""Yield the working spans before now, the running one up to now."""
	for back in range(LOOK_BACK + 1):
		day = now.date() - timedelta(days=back)
		for period in periods:
			if period.weekday != day.weekday():
				continue
			start = datetime.combine(day, period.start)
			overnight = timedelta(days=int(period.end <= period.start))
			end = datetime.combine(day, period.end) + overnight
			if start < now:
				yield start, min(end, now)
