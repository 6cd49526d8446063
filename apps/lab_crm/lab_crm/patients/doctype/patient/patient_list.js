frappe.listview_settings["Patient"] = {
	add_fields: ["status"],
	get_indicator(doc) {
		const colours = { Active: "green", Inactive: "gray", Deceased: "darkgrey" };
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
};
