frappe.listview_settings["Payment Request Link"] = {
	get_indicator(doc) {
		const colours = { Open: "orange", Paid: "green", Expired: "gray", Cancelled: "gray" };
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
};
