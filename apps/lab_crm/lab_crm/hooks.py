app_name = "lab_crm"
app_title = "lab_crm"
app_publisher = "lab_crm developers"
app_description = "CRM for medical laboratories and clinics"
app_email = "dev@lab-crm.invalid"
app_license = "MIT"

before_install = "lab_crm.install.before_install"
after_install = "lab_crm.install.after_install"
after_migrate = ["lab_crm.install.after_migrate"]

# event → functions run after commit, each with the Journey Event (lab_crm.journey.events)
journey_subscribers = {
	"order.result_ready": ["lab_crm.laboratory.reactions.result_ready"],
}

doc_events = {}

# channel provider → class (lab_crm.messaging.providers)
message_providers = {
	"file": "lab_crm.messaging.providers.file.FileProvider",
	"email": "lab_crm.messaging.providers.email.EmailProvider",
}

doctype_js = {
	"Booking": "public/js/booking_checkin.js",
}

scheduler_events = {
	"cron": {
		"* * * * *": [
			"lab_crm.journey.events.sweep",
			"lab_crm.messaging.delivery.sweep",
		],
		"*/5 * * * *": [
			"lab_crm.laboratory.critical.escalate",
		],
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
