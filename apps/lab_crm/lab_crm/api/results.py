"""Results documents: downloaded by their patient, verified by anybody."""

from typing import Any

from frappe import _
from werkzeug.wrappers import Response

from lab_crm.api.arguments import Code, Token
from lab_crm.api.endpoint import endpoint
from lab_crm.laboratory import portal, result_pdf, verification
from lab_crm.patients import portal_access
from lab_crm.utils.errors import Refusal


@endpoint(roles=(portal_access.ROLE,))
def download(result: Code) -> Response:
	"""Return one's own result as a PDF."""
	doc = portal.visible(result, portal_access.chosen(None))
	if not doc or doc.status not in portal.ISSUED:
		raise portal_access.not_found()
	headers = {
		"Content-Disposition": result_pdf.disposition(doc.name),
	}
	return Response(result_pdf.render(doc.name), mimetype="application/pdf", headers=headers)


@endpoint(guest=True, rate=(60, 60))
def verify(token: Token) -> dict[str, Any]:
	"""Confirm that a results document is genuine, without telling what is in it."""
	found = verification.describe(token)
	if not found:
		raise Refusal("NOT_FOUND", _("We have not issued such a document"), status=404)
	return found
