"""Sending a referral: over the laboratory's LIS Connection, or as a workbook and a sheet by email (F26)."""

from collections.abc import Sequence
from typing import Any

import frappe
from frappe import _

from lab_crm.laboratory import code128, custody, orders, pdf
from lab_crm.laboratory.progress import set_quickly
from lab_crm.laboratory.report import DATE, TIME
from lab_crm.lis import outbox
from lab_crm.lis.external import workbook
from lab_crm.lis.external.referrals import DOCTYPE, DRAFT, SENT
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.rights import require

PAPER = "lab_crm/templates/print/external_referral.html"


@frappe.whitelist(methods=["POST"])
def send(referral: str) -> str:
	"""Send a referral to its laboratory, once; return where it went (an address or a connection).

	Raises:
		frappe.PermissionError: the user may not write this referral.
		Refusal: `ALREADY_SENT`, `NOTHING_TO_SEND` (409), `NO_EMAIL` (the site cannot send letters).
	"""
	require(DOCTYPE, "write")
	doc = frappe.get_doc(DOCTYPE, referral, for_update=True)
	doc.check_permission("write")
	if doc.status != DRAFT:
		message = _("The referral is {0}: it was sent before").format(_(doc.status, context=DOCTYPE))
		raise Refusal("ALREADY_SENT", message, status=409)
	if not doc.items:
		raise Refusal("NOTHING_TO_SEND", _("There is nothing on this referral"), "items", 409)
	laboratory = frappe.get_doc("External Laboratory", doc.laboratory)
	now = {"status": SENT, "sent_at": clock.now(), "sent_by": frappe.session.user, "open_key": None}
	doc.update(
		{**now, "sent_to": laboratory.email if laboratory.channel == "Email" else laboratory.connection}
	)
	doc.flags.by_system = True
	doc.save()
	if laboratory.channel == "Email":
		_write_to(laboratory, doc)
	else:
		for order in dict.fromkeys(row.lab_order for row in doc.items):
			outbox.queue_referral(order, laboratory, doc.name)
	_follow(doc)
	return doc.sent_to


@frappe.whitelist(methods=["GET"])
def download(referral: str, kind: str = "xlsx") -> None:
	"""Answer with the workbook (`xlsx`) or the sheet (`pdf`) of a referral.

	Raises:
		frappe.PermissionError: the user may not print this referral.
	"""
	require(DOCTYPE, "print")
	doc = frappe.get_doc(DOCTYPE, referral)
	doc.check_permission("read")
	laboratory = frappe.get_doc("External Laboratory", doc.laboratory)
	content = paper(doc, laboratory) if kind == "pdf" else sheet(doc, laboratory)
	frappe.local.response.filename = f"{doc.name}.{'pdf' if kind == 'pdf' else 'xlsx'}"
	frappe.local.response.filecontent = content
	frappe.local.response.type = "download"


def words() -> dict[str, str]:
	"""Return the headings of the workbook's columns, as both laboratories see them."""
	return {
		"order": _("Lab Order", lang="ru"),
		"specimen": _("Barcode", lang="ru"),
		"patient": _("Patient", lang="ru"),
		"service": _("Code of the Test", lang="ru"),
		"service_name": _("Test", lang="ru"),
		"analyte": _("Code of the Analyte", lang="ru"),
		"analyte_name": _("Analyte", lang="ru"),
		"value": _("Value", lang="ru"),
		"unit": _("Unit", lang="ru"),
		"reference": _("Reference Interval", lang="ru"),
		"reported_on": _("Date of the result", lang="ru"),
		"note": _("Note", lang="ru"),
	}


def sheet(doc, laboratory) -> bytes:
	"""Return the workbook of a referral, to be filled in."""
	title = _("Referral {0} of {1}", lang="ru").format(doc.name, doc.creation.strftime(DATE))
	return workbook.write(title, _rows(doc, laboratory), words(), _("Results", lang="ru"))


def paper(doc, laboratory) -> bytes:
	"""Return the sheet that goes with the tubes."""
	branch = frappe.get_cached_doc("Lab Branch", doc.branch)
	tubes: dict[str, dict[str, Any]] = {}
	for row in doc.items:
		tube = tubes.setdefault(row.specimen or row.lab_order, _tube(row, laboratory))
		tube["services"].append(f"{row.their_code or row.service} {row.service_name}")
	sent_at = clock.to_zone(doc.sent_at or clock.now(), branch.timezone).strftime(TIME)
	context = {"doc": doc, "branch": branch, "laboratory": laboratory, "tubes": list(tubes.values())}
	body = frappe.render_template(PAPER, {**context, "sent_at": sent_at})
	title = _("Referral {0}", lang="ru").format(doc.name)
	foot = f"{title} · {branch.legal_name or branch.branch_name}"
	return pdf.render_html(pdf.page(body, title, foot))


def who(patient: str, with_name: bool) -> str:
	"""Return how a patient is described to another laboratory: as little as it needs."""
	row = frappe.db.get_value("Patient", patient, ["full_name", "sex", "birth_date"], as_dict=True)
	sex = {"Male": _("Male (short)", lang="ru"), "Female": _("Female (short)", lang="ru")}.get(row.sex, "")
	if with_name:
		born = row.birth_date.strftime(DATE) if row.birth_date else ""
		return ", ".join(filter(None, (row.full_name, sex, born)))
	year = _("born {0}", lang="ru").format(row.birth_date.year) if row.birth_date else ""
	return ", ".join(filter(None, (sex, year)))


def _rows(doc, laboratory) -> list[dict[str, str]]:
	rows = []
	for item in doc.items:
		patient = frappe.db.get_value("Lab Order", item.lab_order, "patient")
		common = {
			"order": item.lab_order,
			"specimen": item.specimen or "",
			"patient": who(patient, bool(laboratory.send_names)),
			"service": item.their_code or item.service,
			"service_name": item.service_name,
		}
		analytes = frappe.get_cached_doc("Lab Service", item.service).analytes
		for part in analytes:
			known = frappe.get_cached_doc("Analyte", part.analyte)
			named = {"analyte": known.name, "analyte_name": known.analyte_name, "unit": known.unit or ""}
			rows.append({**common, **named})
		if not analytes:
			rows.append({**common, "analyte": item.service, "analyte_name": item.service_name})
	return rows


def _tube(row, laboratory) -> dict[str, Any]:
	order = frappe.db.get_value("Lab Order", row.lab_order, ["patient", "branch"], as_dict=True)
	specimen = row.specimen and frappe.db.get_value(
		"Specimen", row.specimen, ["sample_type", "collected_at"], as_dict=True
	)
	zone = frappe.get_cached_value("Lab Branch", order.branch, "timezone")
	material = specimen and frappe.get_cached_value("Sample Type", specimen.sample_type, "material_name")
	collected = specimen and specimen.collected_at
	return {
		"order": row.lab_order,
		"number": row.specimen or "",
		"barcode": code128.svg(row.specimen) if row.specimen else "",
		"who": who(order.patient, bool(laboratory.send_names)),
		"material": material or "",
		"collected_at": clock.to_zone(collected, zone).strftime(TIME) if collected else "",
		"services": [],
	}


def _write_to(laboratory, doc) -> None:
	"""Queue the letter; what was sent is kept with the referral."""
	files = [
		_kept(doc.name, f"{doc.name}.xlsx", sheet(doc, laboratory)),
		_kept(doc.name, f"{doc.name}.pdf", paper(doc, laboratory)),
	]
	text = _(
		"Good day! The referral {0} is attached. Fill in the results in the workbook and send it back.",
		lang="ru",
	)
	write_letter(laboratory, doc, text.format(doc.name), files)


def write_letter(laboratory, doc, text: str, files: Sequence[str] = ()) -> None:
	"""Queue a letter about a referral to its laboratory.

	Args:
		laboratory: the External Laboratory.
		doc: the External Referral.
		text: in Russian, without markup.
		files: names of Files to attach.

	Raises:
		Refusal: `NO_EMAIL` (409): the site cannot send letters.
	"""
	branch = frappe.get_cached_doc("Lab Branch", doc.branch)
	try:
		frappe.sendmail(
			recipients=[laboratory.email],
			subject=_("Referral {0}", lang="ru").format(doc.name),
			message=f"<p>{text}</p><p>{branch.legal_name or branch.branch_name}</p>",
			attachments=[{"fid": name} for name in files],
			reference_doctype=DOCTYPE,
			reference_name=doc.name,
			add_unsubscribe_link=0,
		)
	except frappe.OutgoingEmailError as error:
		frappe.clear_last_message()
		message = _("The site has no account to send letters from: set up an Email Account")
		raise Refusal("NO_EMAIL", message, status=409) from error


def _kept(referral: str, file_name: str, content: bytes) -> str:
	doc = frappe.new_doc("File")
	doc.update({"file_name": file_name, "is_private": 1, "content": content})
	doc.update({"attached_to_doctype": DOCTYPE, "attached_to_name": referral})
	return doc.insert(ignore_permissions=True).name  # safe: the referral's own papers, private


def _follow(doc) -> None:
	"""Orders that only this laboratory makes are sent by this; tubes of theirs leave the house."""
	for order in dict.fromkeys(row.lab_order for row in doc.items):
		items = frappe.get_all("Lab Order Item", {"parent": order}, ["external_laboratory", "specimen"])
		if all(row.external_laboratory for row in items):
			orders.set_sent(order)
		for barcode in dict.fromkeys(row.specimen for row in items if row.specimen):
			makers = {row.external_laboratory for row in items if row.specimen == barcode}
			tube = frappe.get_doc("Specimen", barcode, for_update=True)
			if makers == {doc.laboratory} and tube.status in ("Collected", "Received", "Stored"):
				set_quickly(tube, status="Sent")
				place = tube.location or tube.branch
				remark = _("Referral {0}: {1}").format(doc.name, doc.laboratory)
				custody.note(barcode, custody.HANDED_OVER, place, remark=remark)
