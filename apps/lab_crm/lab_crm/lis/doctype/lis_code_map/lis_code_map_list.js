// Import of codes from an Excel workbook: what it would do is shown first.

const IMPORT = "lab_crm.lis.code_map_import";

frappe.listview_settings["LIS Code Map"] = {
	onload(list) {
		if (!frappe.model.can_import("LIS Code Map")) return;
		list.page.add_inner_button(__("From Excel"), () => choose_file(list));
	},
};

function choose_file(list) {
	const dialog = new frappe.ui.Dialog({
		title: __("Codes from an Excel Workbook"),
		fields: [
			{ fieldname: "connection", fieldtype: "Link", options: "LIS Connection", label: __("Connection"), description: __("Empty: for every connection") },
			{ fieldname: "file_url", fieldtype: "Attach", label: __("File"), reqd: 1, options: { restrictions: { allowed_file_types: [".xlsx"] } } },
			{
				fieldname: "help",
				fieldtype: "HTML",
				options: `<p class="small text-muted">${__("The first sheet, with a header: {0}, {1}, {2}, {3}. An analyte or a service is named by its code or its name.", ["LIS Code", "LIS Name", "Analyte", "Lab Service"].map((word) => `<b>${__(word)}</b>`))}</p>`,
			},
		],
		primary_action_label: __("Check"),
		async primary_action(values) {
			const { message: plan } = await frappe.call({ method: `${IMPORT}.check`, args: values, freeze: true });
			dialog.hide();
			show_plan(list, values, plan);
		},
	});
	dialog.show();
}

function show_plan(list, values, plan) {
	const useful = plan.new + plan.changed;
	const dialog = new frappe.ui.Dialog({
		title: __("What the Import Will Do"),
		fields: [{ fieldname: "plan", fieldtype: "HTML" }],
		primary_action_label: useful ? __("Import") : __("Close"),
		async primary_action() {
			dialog.hide();
			if (!useful) return;
			await frappe.call({ method: `${IMPORT}.apply`, args: values, freeze: true });
			frappe.show_alert({ message: __("Codes imported: {0}", [useful]), indicator: "green" });
			list.refresh();
		},
	});
	const place = dialog.fields_dict.plan.$wrapper;
	const lines = [
		__("New codes: {0}", [plan.new]),
		__("Changed codes: {0}", [plan.changed]),
		__("Without change: {0}", [plan.same]),
	];
	if (plan.wrong) lines.push(__("Lines with errors, which are left out: {0}", [plan.wrong]));
	lines.forEach((line) => $('<p class="mb-1">').text(line).appendTo(place));
	const problems = $('<ul class="mt-2 text-danger small">').appendTo(place);
	plan.problems.forEach((problem) => $("<li>").text(problem).appendTo(problems));
	dialog.show();
}
