from lab_crm.branch_bound import has_permission as has_permission
from lab_crm.branch_bound import permission_query_conditions as permission_query_conditions
from lab_crm.schedule import scheduler_events as scheduler_events
from lab_crm.subscriptions import doc_events as doc_events
from lab_crm.subscriptions import journey_subscribers as journey_subscribers

app_name = "lab_crm"
app_title = "lab_crm"
app_publisher = "lab_crm developers"
app_description = "CRM for medical laboratories and clinics"
app_email = "dev@lab-crm.invalid"
app_license = "MIT"
app_logo_url = "/assets/lab_crm/portal/icon.svg"
website_context = {"favicon": app_logo_url, "splash_image": app_logo_url}

before_install = "lab_crm.install.before_install"
after_install = "lab_crm.install.after_install"
after_migrate = ["lab_crm.install.after_migrate"]

# guests and website users reach a short list only
auth_hooks = ["lab_crm.api.gate.check"]
after_request = [
	"lab_crm.utils.desk_refusals.show",
	"lab_crm.api.malformed.answer",
	"lab_crm.api.caching.forbid",
	"lab_crm.api.framing.protect",
]

# called with the names of patients whose documents were moved by merging cards or undoing it
patient_moved = [
	"lab_crm.laboratory.ownership.align",
	"lab_crm.privacy.merged_cards.withdraw",
	"lab_crm.recall.ownership.align",
]

# channel provider → class (lab_crm.messaging.providers)
message_providers = {
	"file": "lab_crm.messaging.providers.file.FileProvider",
	"email": "lab_crm.messaging.providers.email.EmailProvider",
	"smsaero": "lab_crm.messaging.providers.smsaero.SmsaeroProvider",
	"smsc": "lab_crm.messaging.providers.smsc.SmscProvider",
	"smpp": "lab_crm.messaging.providers.smpp.SmppProvider",
	"webpush": "lab_crm.messaging.providers.web_push.WebPushProvider",
	"telegram": "lab_crm.messaging.providers.telegram.TelegramProvider",
	"max": "lab_crm.messaging.providers.max.MaxProvider",
}

# payment provider → class (lab_crm.erp.providers)
payment_providers = {
	"offline": "lab_crm.erp.providers.offline.OfflineProvider",
	"yookassa": "lab_crm.erp.providers.yookassa.YooKassaProvider",
}
# registrar of receipts → class (lab_crm.erp.fiscal)
fiscal_registrars = {
	"offline": "lab_crm.erp.fiscal.offline.OfflineRegistrar",
	"atol": "lab_crm.erp.fiscal.atol.AtolRegistrar",
}

# patient → variables of their latest booking, for the preview of a template
message_preview_values = ["lab_crm.booking.message_values.values_of"]

# What print formats may call.
jinja = {
	"methods": [
		"lab_crm.laboratory.report.lab_result_report",
		"lab_crm.laboratory.labels.specimen_label",
		"lab_crm.laboratory.courier_list.courier_list",
		"lab_crm.privacy.paper.consent_papers",
	],
}

app_include_js = ["lab_crm_desk.bundle.js", "desk_words.bundle.js"]
page_js = {"workflow-builder": "public/js/workflow_builder_fit.js"}

doctype_js = {
	"Booking": ["public/js/booking_checkin.js", "public/js/insured.js"],
	"Patient": ["public/js/patient_consents.js", "public/js/patient_trends.js"],
	"Visit": ["public/js/specimen_scan.js", "public/js/visit_till.js", "public/js/insured.js"],
}
doctype_js |= dict.fromkeys(("Purchase Invoice", "Purchase Order"), "public/js/purchase_approval.js")
doctype_list_js = {"Specimen": "public/js/specimen_scan.js"}

# Patient pages (www/): links that carry a token, and the front page.
home_page = "index"
website_route_rules = [
	{"from_route": "/b/<token>", "to_route": "b"},
	{"from_route": "/r/<token>", "to_route": "r"},
	{"from_route": "/pay/<token>", "to_route": "pay"},
	{"from_route": "/v/<token>", "to_route": "v"},
	{"from_route": "/consent/<purpose>", "to_route": "consent"},
	{"from_route": "/services/<code>", "to_route": "service"},
]
