frappe.listview_settings.Booking = {
	hide_name_column: true,
	colours: {
		Held: "yellow",
		Booked: "blue",
		Confirmed: "cyan",
		"Checked In": "purple",
		Completed: "green",
		Cancelled: "gray",
		"No Show": "red",
	},
	get_indicator: ({ status }) => [__(status), frappe.listview_settings.Booking.colours[status], `status,=,${status}`],
	onload(list) {
		list.$frappe_list.addClass("bookings-list");
		// The framework keeps a fifth of the row for a clock and a comment count: status and branch need it more.
		frappe.dom.set_style(
			`.bookings-list .level-left { flex: 1; min-width: 0; }
			.bookings-list .level-right { flex: 0 0 130px; }`,
			"bookings-list"
		);
	},
};
