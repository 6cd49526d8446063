from io import BytesIO

import frappe
import pytest
from pypdf import PdfWriter

from lab_crm.laboratory.observations import Observation
from lab_crm.laboratory.results import Attachment, remap, resolve_codes, store_result
from lab_crm.laboratory.tests.arrange import REPORTED, Laboratory, events_of, fresh
from lab_crm.utils.errors import Refusal


@pytest.fixture
def lab(make):
	return Laboratory(make)


def values(result) -> dict:
	return {row.analyte or row.code: (row.value, row.flag) for row in result.items}


def test_report_is_stored_marked_and_attributed(lab):
	order = lab.order()
	result = lab.report(order, lab.glucose("7.4"), *lab.count(hb="119"))
	assert (
		result.status == "Final" and result.patient == lab.patient.name and result.branch == lab.branch.name
	)
	assert values(result) == {lab.glu: ("7.4", "H"), lab.hb: ("119", "L"), lab.wbc: ("6.1", "")}
	glucose = result.items[0]
	assert (glucose.analyte_name, glucose.unit, glucose.reference_text) == ("Глюкоза", "ммоль/л", "3,9–6,1")
	assert (glucose.numeric_value, glucose.service, glucose.observed_at) == (
		7.4,
		lab.biochemistry.name,
		REPORTED,
	)
	assert result.patient_name == lab.patient.full_name and not result.is_critical and not result.has_unmapped


def test_reference_is_that_of_the_patients_sex(lab):
	lab.patient = lab.make.patient(sex="Male")
	result = lab.report(lab.order(), *lab.count(hb="125"))
	assert values(result)[lab.hb] == ("125", "L")


@pytest.mark.parametrize("attribute", ["fsli_code", "loinc", "name"])
def test_code_is_found_by_fsli_loinc_and_our_own(lab, attribute):
	code = frappe.get_value("Analyte", lab.glu, attribute)
	result = lab.report(lab.order(), Observation(code, "GLU", "5"))
	assert result.items[0].analyte == lab.glu


def test_alternate_code_is_tried(lab):
	result = lab.report(lab.order(), Observation("LOCAL-1", "GLU", "5", alternate_code=lab.glu))
	assert result.items[0].analyte == lab.glu and not result.has_unmapped


def test_code_of_two_analytes_goes_to_the_one_ordered(lab):
	twin = lab._analyte(
		lab.glu + "U", "Глюкоза мочи", "ммоль/л", [], loinc=frappe.get_value("Analyte", lab.glu, "loinc")
	)
	assert resolve_codes([twin.loinc]) == {}
	result = lab.report(lab.order(lab.biochemistry), Observation(twin.loinc, "GLU", "5"))
	assert result.items[0].analyte == lab.glu


def test_unknown_code_is_kept_under_the_senders_name(lab):
	order = lab.order()
	result = lab.report(order, Observation("X-77", "Неведомое", "есть"))
	row = result.items[0]
	assert (row.analyte, row.analyte_name, row.value, row.service) == (None, "Неведомое", "есть", None)
	assert result.has_unmapped and fresh(order).status == "In Progress"


def test_remapping_supersedes_with_the_code_known(lab):
	order = lab.order()
	old = lab.report(order, Observation("X-77", "Глюкоза крови", "7.4"), *lab.count())
	assert remap(old.name) == old.name
	new = frappe.get_doc(
		"Lab Result", remap(old.name, lambda codes, preferred=(): {**resolve_codes(codes), "X-77": lab.glu})
	)
	assert new.supersedes == old.name and fresh(old).superseded_by == new.name
	assert values(new)[lab.glu] == ("7.4", "H") and fresh(order).status == "Ready"


def test_same_message_is_stored_once(lab):
	order, message = lab.order(), lis_message()
	first = lab.report(order, lab.glucose(), lis_message=message)
	again = lab.report(order, lab.glucose("9"), lis_message=message)
	assert first.name == again.name
	assert frappe.db.count("Lab Result", {"order": order.name}) == 1
	# The next order of the same message is another result.
	assert lab.report(lab.order(), lab.glucose(), lis_message=message).name != first.name


def test_partial_then_whole(lab):
	order = lab.order()
	lab.report(order, lab.glucose())
	order.reload()
	assert (order.status, [row.status for row in order.items]) == ("Partially Ready", ["Ready", "Planned"])
	assert order.completed_on is None and "order.result_ready" not in events_of(order.name)
	last = lab.report(order, *lab.count(), minutes=30)
	order.reload()
	assert (order.status, order.completed_on) == ("Ready", last.reported_at)
	assert frappe.db.get_value("Visit", order.visit, "status") == "Ready"
	assert events_of(order.name) == ["order.result_ready"]
	assert not last.supersedes


def test_preliminary_is_superseded_by_final(lab):
	order = lab.order(lab.biochemistry)
	preliminary = lab.report(order, lab.glucose("5.0"), status="Preliminary")
	assert fresh(order).status == "In Progress" and order.items[0].status == "Preliminary"
	final = lab.report(order, lab.glucose("5.1"), minutes=10)
	assert final.supersedes == preliminary.name
	preliminary.reload()
	assert (preliminary.superseded_by, preliminary.status, preliminary.items[0].value) == (
		final.name,
		"Preliminary",
		"5.0",
	)
	assert fresh(order).status == "Ready"


def test_preliminary_that_comes_late_is_history(lab):
	order = lab.order(lab.biochemistry)
	final = lab.report(order, lab.glucose("5.1"))
	late = lab.report(order, lab.glucose("5.0"), status="Preliminary", minutes=10)
	assert late.superseded_by == final.name and not fresh(final).superseded_by
	assert fresh(order).status == "Ready" and events_of(order.name) == ["order.result_ready"]


def test_older_final_that_comes_late_is_history(lab):
	order = lab.order(lab.biochemistry)
	new = lab.report(order, lab.glucose("6"), minutes=60)
	old = lab.report(order, lab.glucose("5"))
	assert old.superseded_by == new.name and not fresh(new).superseded_by


def test_correction_supersedes_and_carries_the_rest(lab):
	order = lab.order(lab.blood_count)
	wrong = lab.report(order, *lab.count(hb="35"))
	right = lab.report(order, Observation(lab.hb, "Hb", "135"), status="Corrected", minutes=60)
	assert right.supersedes == wrong.name and fresh(wrong).superseded_by == right.name
	assert wrong.status == "Final" and values(wrong)[lab.hb][0] == "35"
	assert values(right) == {lab.hb: ("135", ""), lab.wbc: ("6.1", "")}
	assert events_of(order.name).count("order.result_ready") == 2


def test_correction_supersedes_every_part_it_touches(lab):
	order = lab.order()
	parts = lab.report(order, lab.glucose()), lab.report(order, *lab.count(), minutes=5)
	whole = lab.report(order, lab.glucose("6"), *lab.count(), status="Corrected", minutes=9)
	assert {fresh(part).superseded_by for part in parts} == {whole.name}
	assert whole.supersedes == parts[1].name


def test_cancellation_without_values_recalls_the_result(lab):
	order = lab.order(lab.biochemistry)
	final = lab.report(order, lab.glucose())
	recalled = lab.report(order, status="Cancelled", minutes=5)
	order.reload()
	assert fresh(final).superseded_by == recalled.name
	assert (order.status, order.items[0].status, order.completed_on) == ("In Progress", "Planned", None)


def test_service_reported_by_its_own_code_is_whole_without_all_analytes(lab):
	order = lab.order(lab.blood_count)
	lab.report(order, Observation(lab.hb, "Hb", "135"))
	assert fresh(order).status == "In Progress"
	lab.report(order, Observation(lab.hb, "Hb", "135", service=lab.blood_count.name), minutes=1)
	assert fresh(order).status == "Ready"


def test_service_is_found_by_its_lis_code(lab):
	order = lab.order()
	result = lab.report(order, Observation("X", "Глюкоза", "5", service=lab.biochemistry.lis_code))
	assert result.items[0].service == lab.biochemistry.name
	assert fresh(order).items[0].status == "Ready"


def test_report_of_the_only_service_in_foreign_codes_makes_it_ready(lab):
	order = lab.order(lab.biochemistry)
	lab.report(
		order, Observation("15074-8", "Glucose [Moles/volume] in Blood", "5.1", "mmol/L", "3.5-5.5", "N")
	)
	assert fresh(order).status == "Ready"


def test_cancelled_order_keeps_its_status_and_the_result_is_kept_too(lab):
	order = lab.order(status="Cancelled")
	result = lab.report(order, lab.glucose())
	assert result.name and fresh(order).status == "Cancelled" and events_of(order.name) == []


def test_result_held_for_the_doctors_call(lab):
	from lab_crm.laboratory.progress import release

	order = lab.order(lab.biochemistry, hold_until_call=1)
	lab.report(order, lab.glucose())
	assert fresh(order).status == "Ready" and events_of(order.name) == []
	release(order.name)
	release(order.name)
	assert events_of(order.name) == ["order.result_ready"]


def _pdf() -> bytes:
	"""A real PDF of one empty page: the framework reads it when it stores it."""
	writer = PdfWriter()
	writer.add_blank_page(200, 200)
	stored = BytesIO()
	writer.write(stored)
	return stored.getvalue()


def test_document_of_the_lis_is_kept_private(lab):
	content = _pdf()
	result = lab.report(lab.order(), document=Attachment("report.pdf", content))
	file = frappe.get_last_doc("File", {"attached_to_name": result.name})
	assert file.is_private and frappe.safe_encode(file.get_content()) == content
	file.delete()


def test_a_damaged_document_loses_no_value(lab):
	document = Attachment("damaged.pdf", b"%PDF-1.4 cut off")
	result = lab.report(lab.order(lab.biochemistry), lab.glucose(), document=document)
	file = frappe.get_last_doc("File", {"attached_to_name": result.name})
	assert list(values(result)) == [lab.glu]
	assert file.is_private and frappe.safe_encode(file.get_content()) == document.content
	file.delete()


@pytest.mark.parametrize(
	("observations", "status", "code"),
	[([], "Final", "EMPTY_RESULT"), ([Observation("A")], "Done", "BAD_STATUS")],
)
def test_bad_report_is_refused_and_nothing_is_written(lab, observations, status, code):
	order = lab.order()
	with pytest.raises(Refusal) as refused:
		store_result(order.name, observations, status, REPORTED)
	assert refused.value.code == code
	assert not frappe.db.exists("Lab Result", {"order": order.name})


def test_report_about_no_order(lab):
	with pytest.raises(frappe.DoesNotExistError):
		store_result("ORD-NOTHERE0", [lab.glucose()], "Final", REPORTED)


class TestSettledResult:
	@pytest.fixture
	def result(self, lab):
		return lab.report(lab.order(), lab.glucose())

	@pytest.mark.parametrize("field", ["status", "reported_at", "patient"])
	def test_head_cannot_be_changed(self, lab, result, field):
		result.set(
			field,
			{"status": "Preliminary", "reported_at": "2020-01-01", "patient": lab.make.patient().name}[field],
		)
		with pytest.raises(frappe.ValidationError):
			result.save()

	def test_value_cannot_be_changed(self, result):
		result.items[0].value = "9"
		with pytest.raises(Refusal) as refused:
			result.save()
		assert refused.value.code == "RESULT_SETTLED"

	def test_rows_cannot_be_added_or_taken_away(self, result):
		result.append("items", {"analyte_name": "Ещё", "value": "1"})
		with pytest.raises(Refusal):
			result.save()
		result.reload()
		result.items = []
		with pytest.raises(Refusal):
			result.save()

	def test_doctors_comment_may_be_added(self, result):
		result.doctor_comment = "Рекомендован контроль через 3 месяца."
		result.save()
		assert fresh(result).doctor_comment

	def test_it_is_never_deleted(self, result):
		with pytest.raises(Refusal):
			result.delete()


def lis_message() -> str:
	return frappe.generate_hash(length=10)
