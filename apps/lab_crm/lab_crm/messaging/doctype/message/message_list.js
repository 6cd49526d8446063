frappe.listview_settings["Message"] = {
	add_fields: ["status", "reason_code"],
	formatters: { event: (event) => __(event) },
	get_indicator(doc) {
		const colours = { Queued: "blue", Sent: "green", Delivered: "green", Failed: "red", Suppressed: "gray" };
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
};
