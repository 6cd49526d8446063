"""What the desk shows is for people: columns that say enough, no stored English, workflows as a drawing."""

from datetime import timedelta

import frappe
import pytest
from playwright.sync_api import expect

from lab_crm.booking import service
from lab_crm.booking.tests.support import publish_forms
from lab_crm.utils import clock
from tests.support.desk import desk_of

SECONDS = 30_000
# The smallest screen of a front desk.
DESK = {"width": 1366, "height": 768}


@pytest.fixture
def booking(site, make, stack):
	"""Tomorrow's booking of a new patient, made by phone and confirmed; seen by everybody."""
	publish_forms()
	branch = make.branch()
	make.resource(branch.name)
	blood = make.service()
	start = (clock.now() + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
	consents = ["Personal Data", "Medical Data"]
	patient, source = make.patient().name, {"channel": "Phone"}
	at = clock.to_zone(start, branch.timezone)
	doc = service.create(branch.name, [blood.name], at, patient, consents, source, online=False)
	# What the dashboards have kept from before.
	frappe.cache.delete_keys("chart-data:")
	frappe.db.commit()
	move = {"doc": doc.as_json(), "action": "Confirm"}
	answer = stack.api("Lab Receptionist").post("/api/method/frappe.model.workflow.apply_workflow", **move)
	assert answer.ok, answer.text
	frappe.db.rollback()
	return frappe.get_doc("Booking", doc.name)


@pytest.fixture
def desk(browser, stack):
	"""`desk(role)` opens a page of that role, as wide as a receptionist's screen."""
	pages = []

	def open_as(role: str):
		page = desk_of(browser, stack, role)
		page.set_viewport_size(DESK)
		pages.append(page)
		return page

	yield open_as
	for page in pages:
		page.context.close()


def test_the_list_says_who_when_what_where_and_how_it_stands(desk, booking):
	page = desk("Lab Receptionist")
	page.goto(f"/app/booking?name={booking.name}")
	row = page.locator(".list-row", has_text=booking.patient_name)
	shown = (
		booking.patient_name,
		booking.start.strftime("%d.%m.%Y %H:%M"),
		booking.services[0].service_name,
		frappe.db.get_value("Lab Branch", booking.branch, "branch_name"),
		frappe._("Confirmed", "ru"),
	)
	for text in shown:
		cell = row.locator(".list-row-col:visible", has_text=text)
		expect(cell.first).to_be_visible(timeout=SECONDS)
		box = cell.first.bounding_box()
		assert box["x"] + box["width"] <= DESK["width"], text
	state = row.locator(".indicator-pill span", has_text=shown[-1]).first
	assert state.evaluate("node => node.scrollWidth <= node.parentElement.clientWidth")


def test_a_chart_names_its_groups_in_the_users_language(desk, booking):
	page = desk("Lab Director")
	page.goto("/app")
	chart = page.locator(".dashboard-widget-box", has_text=frappe._("Bookings by Channel", "ru"))
	legend = chart.locator(".chart-legend")
	expect(legend).to_contain_text(frappe._("Phone", "ru"), timeout=SECONDS)
	assert not [word for word in ("Phone", "Website", "Reception", "Maps") if word in legend.text_content()]


def test_a_quick_list_titles_its_messages_as_the_list_does(desk, site, make, stack):
	message = frappe.new_doc("Message")
	message.update(
		{
			"patient": make.patient().name,
			"event": "booking.rescheduled",
			"status": "Suppressed",
			"channel": "SMS",
		}
	)
	message.flags.ignore_mandatory = True
	message.insert(ignore_permissions=True)
	frappe.db.commit()
	page = desk("Lab Operator")
	page.goto("/app")
	items = page.locator(".quick-list-widget-box", has_text=frappe._("Messages to Patients", "ru"))
	title = items.locator(".quick-list-item .title", has_text=frappe._("booking.rescheduled", "ru"))
	expect(title.first).to_be_visible(timeout=SECONDS)
	assert "booking.rescheduled" not in items.inner_text()


def test_a_timeline_tells_changes_in_the_users_language(desk, booking):
	page = desk("Lab Receptionist")
	page.goto(f"/app/booking/{booking.name}")
	line = page.locator(".timeline-item", has_text=frappe._("Booked", "ru"))
	expect(line.first).to_contain_text(frappe._("Confirmed", "ru"), timeout=SECONDS)
	assert "Confirmed" not in page.locator(".new-timeline").inner_text()


@pytest.mark.parametrize("name", ["Booking", "Visit", "Recall"])
def test_a_workflow_opens_as_a_drawing_within_the_page(site, desk, name):
	page = desk("Lab Administrator")
	page.goto(f"/app/workflow-builder/{name}")
	doc = frappe.get_doc("Workflow", name)
	nodes = page.locator(".vue-flow__node")
	expect(nodes).to_have_count(len(doc.states) + len(doc.transitions), timeout=SECONDS)
	page.wait_for_function(
		"""() => {
			const pane = document.querySelector(".vue-flow").getBoundingClientRect();
			const inside = (box) => box.left >= pane.left - 1 && box.right <= pane.right + 1
				&& box.top >= pane.top - 1 && box.bottom <= pane.bottom + 1;
			const nodes = [...document.querySelectorAll(".vue-flow__node")];
			return nodes.every((node) => inside(node.getBoundingClientRect()));
		}""",
		timeout=SECONDS,
	)


def test_saving_in_the_builder_keeps_who_may_do_what_and_when(site, desk):
	def rules():
		rows = frappe.get_all(
			"Workflow Transition",
			{"parent": "Visit"},
			["state", "action", "next_state", "allowed", "condition", "allow_self_approval"],
		)
		return sorted(tuple(str(value or "") for value in row.values()) for row in rows)

	before = rules()
	assert any("Lab Order" in rule[4] for rule in before)
	page = desk("Lab Administrator")
	page.goto("/app/workflow-builder/Visit")
	expect(page.locator(".vue-flow__node").first).to_be_visible(timeout=SECONDS)
	with page.expect_response(lambda answer: "frappe.client.save" in answer.url) as saved:
		page.locator(".page-head .primary-action").click()
	assert saved.value.ok
	frappe.db.rollback()
	assert rules() == before
