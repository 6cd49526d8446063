frappe.listview_settings["Patient Payment"] = {
	get_indicator(doc) {
		const colours = { Applied: "green", "To Refund": "orange", Refunded: "gray" };
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
};
