frappe.listview_settings["Specimen Transfer"] = {
	add_fields: ["status", "late_since", "missing_count", "unexpected_count"],
	get_indicator({ status, late_since, missing_count, unexpected_count }) {
		if (status === "In Transit" && late_since) return [__("The courier is late"), "red", "late_since,is,set"];
		if (status === "Received" && (missing_count || unexpected_count)) {
			return [__("Received, does not tally"), "orange", "status,=,Received"];
		}
		const colours = { Packing: "orange", "In Transit": "blue", Received: "green", Cancelled: "gray" };
		return [__(status, null, "Specimen Transfer"), colours[status], `status,=,${status}`];
	},
};
