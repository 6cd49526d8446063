frappe.listview_settings.Recall = {
	get_indicator({ status }) {
		const colours = { Planned: "blue", Sent: "orange", Booked: "green", Dismissed: "gray" };
		return [__(status), colours[status], `status,=,${status}`];
	},
};
