frappe.listview_settings["External Referral"] = {
	add_fields: ["status"],
	get_indicator({ status }) {
		const colours = { Draft: "orange", Sent: "blue", "Partly Returned": "purple", Returned: "green", Cancelled: "gray" };
		return [__(status, null, "External Referral"), colours[status], `status,=,${status}`];
	},
};
