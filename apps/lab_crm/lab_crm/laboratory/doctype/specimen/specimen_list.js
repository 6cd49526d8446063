frappe.listview_settings.Specimen = {
	colours: { Planned: "orange", Collected: "green", Sent: "blue", Received: "blue", Stored: "purple", Rejected: "red" },
	get_indicator: ({ status }) => [
		__(status, null, "Specimen"),
		frappe.listview_settings.Specimen.colours[status],
		`status,=,${status}`,
	],
	onload(list) {
		if (!frappe.model.can_write("Specimen")) return;
		list.page.add_inner_button(__("Mark Collected"), () => lab_crm.scan_specimens(() => list.refresh()));
	},
};
