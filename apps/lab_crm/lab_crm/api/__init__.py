"""The public surface: REST for the website, the portal and partners (`/api/method/lab_crm.api.…`)."""

import json

from frappe.utils import get_url
from werkzeug.wrappers import Response

from lab_crm.api import endpoint as endpoints
from lab_crm.api import schema


@endpoints.endpoint(guest=True, rate=(60, 60))
def openapi() -> Response:
	"""Return the OpenAPI 3 document of this API, bare."""
	document = schema.document(endpoints.load(), get_url())
	return Response(json.dumps(document, ensure_ascii=False), mimetype="application/json")
