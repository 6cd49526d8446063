frappe.listview_settings["Catalogue Change"] = {
	add_fields: ["status", "rows_waiting", "rows_warned"],
	filters: [["status", "=", "Waiting"]],
	get_indicator(doc) {
		const colors = { Waiting: "orange", Applied: "green", Rejected: "red", Superseded: "gray", Unchanged: "gray" };
		return [__(doc.status, null, doc.doctype), colors[doc.status], `status,=,${doc.status}`];
	},
};
