frappe.listview_settings["Catalogue Change"] = {
	add_fields: ["status", "rows_waiting", "rows_warned"],
	hide_name_column: true,
	filters: [["status", "=", "To Decide"]],
	get_indicator(doc) {
		const colors = { "To Decide": "orange", Accepted: "green", Rejected: "red", Superseded: "gray", Unchanged: "gray" };
		return [__(doc.status), colors[doc.status], `status,=,${doc.status}`];
	},
};
