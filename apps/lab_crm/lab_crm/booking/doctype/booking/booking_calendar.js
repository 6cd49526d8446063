frappe.views.calendar.Booking = {
	field_map: { start: "start", end: "end", id: "name", title: "patient_name", status: "status", allDay: "allDay" },
	get_css_class: ({ status }) => ({ Held: "extra-light", Cancelled: "danger", "No Show": "danger", Completed: "success" })[status] || "",
	filters: [
		{ fieldtype: "Link", fieldname: "branch", options: "Lab Branch", label: __("Lab Branch") },
		{ fieldtype: "Link", fieldname: "specialist", options: "Specialist", label: __("Specialist") },
	],
};
