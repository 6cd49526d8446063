frappe.query_reports["Message Totals"] = {
	filters: [
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(frappe.datetime.get_today(), -29),
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
		},
		{ fieldname: "channel", label: __("Channel"), fieldtype: "Link", options: "Message Channel" },
		{
			fieldname: "purpose",
			label: __("Purpose"),
			fieldtype: "Select",
			options: ["", "Service Messages", "Marketing", "Results by Email", "Requested by Patient"],
		},
	],
	formatter(value, row, column, data, default_formatter) {
		if (column.fieldname === "purpose" && value) value = __(value);
		return default_formatter(value, row, column, data);
	},
};
