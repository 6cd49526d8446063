frappe.listview_settings["LIS Connection"] = {
	add_fields: ["enabled", "is_paused", "silent_since"],
	get_indicator(doc) {
		if (!doc.enabled) return [__("Switched Off"), "gray", "enabled,=,0"];
		if (doc.silent_since) return [__("Silent"), "red", "silent_since,is,set"];
		if (doc.is_paused) return [__("Sending Is Paused"), "orange", "is_paused,=,1"];
		return [__("In Order"), "green", "enabled,=,1"];
	},
};
