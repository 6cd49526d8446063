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
journey_subscribers = {}

doc_events = {}

scheduler_events = {
	"cron": {
		"* * * * *": [
			"lab_crm.journey.events.sweep",
		],
	},
}
