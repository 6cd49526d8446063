frappe.listview_settings["External Laboratory"] = {
	get_indicator: ({ is_active }) => (is_active ? [__("Active"), "green", "is_active,=,1"] : [__("Inactive"), "gray", "is_active,=,0"]),
};
