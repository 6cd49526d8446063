"""A branch with everything a booking needs, and a clock that stands still."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import time_machine

from lab_crm.booking.tests.support import publish_forms, within_one_transaction

# A Friday, 12:00 in Moscow.
NOW = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
DOCTOR = [{"kind": "Consultation"}]


@pytest.fixture
def frozen():
	"""The clock stands at `NOW` unless the test moves it."""
	with time_machine.travel(NOW, tick=False) as traveller:
		yield traveller


@pytest.fixture
def kept(site):
	"""Commits and rollbacks of the code under test stay within the test's own transaction."""
	with within_one_transaction():
		yield


@pytest.fixture
def clinic(site, make, frozen):
	"""A branch in Moscow: a chair for two, a doctor, a blood test and a consultation."""
	branch = make.branch(slot_step_minutes=10, lead_minutes=60, horizon_days=30)
	publish_forms()
	return SimpleNamespace(
		make=make,
		branch=branch.name,
		chair=make.resource(branch.name, capacity=2).name,
		doctor=make.specialist(branch.name, services=DOCTOR).name,
		blood=make.service().name,
		visit=make.service(
			kind="Consultation", resource_kind="", needs_specialist=1, duration_minutes=30
		).name,
	)
