frappe.listview_settings.Visit = {
	hide_name_column: true,
	colours: { Registered: "blue", Collecting: "orange", Waiting: "yellow", Ready: "green", Issued: "gray" },
	get_indicator: ({ status }) => [__(status), frappe.listview_settings.Visit.colours[status], `status,=,${status}`],
};
