frappe.listview_settings.Visit = {
	hide_name_column: true,
	colours: { Registered: "blue", Collecting: "orange", Waiting: "yellow", Ready: "green", Issued: "gray" },
	get_indicator: ({ status }) => [__(status), frappe.listview_settings.Visit.colours[status], `status,=,${status}`],
	onload(list) {
		if (!frappe.model.can_create("Visit")) return;
		list.page.add_inner_button(__("Patient Without Booking"), walk_in);
	},
};

function walk_in() {
	// Made once for the dialog: a double click makes one visit.
	const request_key = frappe.utils.get_random(20);
	const dialog = new frappe.ui.Dialog({
		title: __("Patient Without Booking"),
		fields: [
			{ fieldname: "patient", fieldtype: "Link", options: "Patient", label: __("Patient"), reqd: 1 },
			{ fieldname: "branch", fieldtype: "Link", options: "Lab Branch", label: __("Lab Branch"), reqd: 1 },
			{
				fieldname: "services",
				fieldtype: "MultiSelectList",
				label: __("Services"),
				reqd: 1,
				get_data: (text) => frappe.db.get_link_options("Lab Service", text, { is_active: 1 }),
			},
		],
		primary_action_label: __("Check In"),
		primary_action: async (values) => {
			const { visit } = await frappe.xcall("lab_crm.laboratory.checkin.check_in_walk_in", {
				...values,
				request_key,
			});
			dialog.hide();
			frappe.set_route("Form", "Visit", visit);
		},
	});
	dialog.show();
}
