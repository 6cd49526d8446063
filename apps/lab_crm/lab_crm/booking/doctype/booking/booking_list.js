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
};
