"""Stored times and the wall clocks of the branches."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
import time_machine

from lab_crm.utils import clock

MOSCOW, VLADIVOSTOK = "Europe/Moscow", "Asia/Vladivostok"


@pytest.fixture(autouse=True)
def moscow(monkeypatch):
	"""A site that stores Moscow time."""
	monkeypatch.setattr(clock, "get_system_timezone", lambda: MOSCOW)


def test_now_is_naive_and_of_the_site():
	with time_machine.travel(datetime(2026, 11, 21, 21, 30, tzinfo=UTC), tick=False):
		assert clock.now() == datetime(2026, 11, 22, 0, 30)


def test_a_stored_time_is_shown_in_the_branchs_zone():
	shown = clock.to_zone(datetime(2026, 11, 21, 8, 30), VLADIVOSTOK)
	assert shown.isoformat() == "2026-11-21T15:30:00+10:00"


@pytest.mark.parametrize("zone", [MOSCOW, VLADIVOSTOK, "Europe/Kaliningrad", ZoneInfo("Asia/Kamchatka")])
def test_there_and_back(zone):
	stored = datetime(2026, 3, 1, 23, 59, 30)
	shown = clock.to_zone(stored, zone)
	assert clock.from_aware(shown) == stored
	assert clock.from_zone(shown.replace(tzinfo=None), zone) == stored


def test_an_aware_time_of_any_offset_is_the_same_moment():
	aware = datetime(2026, 11, 21, 8, 30, tzinfo=timezone(timedelta(hours=5)))
	assert clock.from_aware(aware) == datetime(2026, 11, 21, 6, 30)


def test_a_time_without_an_offset_is_no_moment():
	with pytest.raises(ValueError):
		clock.from_aware(datetime(2026, 11, 21, 8, 30))
