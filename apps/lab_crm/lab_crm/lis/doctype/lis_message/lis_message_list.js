frappe.listview_settings["LIS Message"] = {
	hide_name_column: false,
	get_indicator(doc) {
		const colors = {
			Received: "blue",
			Queued: "blue",
			Sent: "blue",
			Processed: "green",
			Acknowledged: "green",
			Unmatched: "orange",
			Failed: "red",
			Rejected: "red",
		};
		return [__(doc.status), colors[doc.status], `status,=,${doc.status}`];
	},
};
