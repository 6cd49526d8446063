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
]

# event → functions run after commit, each with the Journey Event (lab_crm.journey.events)
journey_subscribers = {
	"booking.created": [
		"lab_crm.booking.reactions.created",
		"lab_crm.booking.waiting_offers.booked",
		"lab_crm.recall.reactions.booked",
	],
	"booking.confirmed": ["lab_crm.booking.reactions.confirmed", "lab_crm.booking.waiting_offers.booked"],
	"booking.rescheduled": [
		"lab_crm.booking.reactions.rescheduled",
		"lab_crm.booking.waiting_offers.rescheduled",
	],
	"booking.cancelled": [
		"lab_crm.booking.reactions.cancelled",
		"lab_crm.booking.waiting_offers.cancelled",
		"lab_crm.recall.reactions.cancelled",
	],
	"order.placed": ["lab_crm.lis.reactions.order_placed", "lab_crm.recall.reactions.ordered"],
	"order.cancelled": ["lab_crm.lis.reactions.order_cancelled"],
	"specimen.rejected": ["lab_crm.lis.reactions.specimen_rejected"],
	"order.result_ready": ["lab_crm.laboratory.reactions.result_ready"],
	"message.failed": ["lab_crm.recall.reactions.undelivered"],
	"message.suppressed": ["lab_crm.recall.reactions.undelivered"],
}

# called with the names of patients whose documents were moved by merging cards or undoing it
patient_moved = ["lab_crm.laboratory.ownership.align"]

doc_events = {
	"Property Setter": {
		"validate": "lab_crm.privacy.form_rights.keep",
		"on_trash": "lab_crm.privacy.form_rights.keep",
	},
}

# channel provider → class (lab_crm.messaging.providers)
message_providers = {
	"file": "lab_crm.messaging.providers.file.FileProvider",
	"email": "lab_crm.messaging.providers.email.EmailProvider",
}

# What print formats may call.
jinja = {
	"methods": [
		"lab_crm.laboratory.report.lab_result_report",
		"lab_crm.laboratory.labels.specimen_label",
	],
}

doctype_js = {
	"Booking": "public/js/booking_checkin.js",
	"Visit": "public/js/specimen_scan.js",
}
doctype_list_js = {
	"Specimen": "public/js/specimen_scan.js",
}

scheduler_events = {
	"cron": {
		"* * * * *": [
			"lab_crm.journey.events.sweep",
			"lab_crm.messaging.delivery.sweep",
			"lab_crm.booking.holds.release_expired",
			"lab_crm.booking.no_shows.mark_due",
			"lab_crm.lis.inbox.sweep",
			"lab_crm.lis.sender.sweep",
			"lab_crm.lis.silence.check",
		],
		"*/5 * * * *": [
			"lab_crm.laboratory.critical.escalate",
			"lab_crm.booking.reminders.send_due",
			"lab_crm.booking.waiting_list.expire",
			"lab_crm.booking.no_shows.offer_due",
		],
		"0 10 * * *": ["lab_crm.recall.scan.run_daily"],
	},
}

# Patient pages (www/): links that carry a token, and the front page.
home_page = "index"
website_route_rules = [
	{"from_route": "/b/<token>", "to_route": "b"},
	{"from_route": "/r/<token>", "to_route": "r"},
	{"from_route": "/v/<token>", "to_route": "v"},
	{"from_route": "/consent/<purpose>", "to_route": "consent"},
]
