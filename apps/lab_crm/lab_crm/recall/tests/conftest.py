"""The clock stands on 15 January 2027, half a year after the visit."""

import pytest
import time_machine

from lab_crm.booking.tests.conftest import NOW, kept
from lab_crm.recall.tests.support import arrange

__all__ = ["kept"]


@pytest.fixture
def frozen():
	"""The clock stands at `NOW` unless the test moves it."""
	with time_machine.travel(NOW, tick=False) as traveller:
		yield traveller


@pytest.fixture
def control(site, make, frozen, kept):
	"""A patient who is due today, in a transaction of the test's own."""
	return arrange(make)
