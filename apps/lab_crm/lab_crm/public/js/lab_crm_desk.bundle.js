// What every page of the desk has: the key that opens the quick booking, and scanning without network.

import "./scan_queue.js";

$(document).on("app_ready", () => {
	if (!frappe.model.can_create("Booking")) return;
	frappe.ui.keys.add_shortcut({
		shortcut: "alt+q",
		action: () => frappe.set_route("quick-booking"),
		description: __("Quick Booking"),
	});
});
