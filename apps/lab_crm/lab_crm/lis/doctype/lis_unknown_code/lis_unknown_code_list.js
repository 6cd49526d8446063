// The dialog in which a code of the LIS gets its meaning; the form uses it too (this file is loaded with both).

frappe.provide("lab_crm.unknown_codes");

lab_crm.unknown_codes.PATH = "lab_crm.lis.unknown_codes";

lab_crm.unknown_codes.map = async function (doc, done) {
	const { message: suggestions } = await frappe.call({
		method: `${lab_crm.unknown_codes.PATH}.get_suggestions`,
		args: { code: doc.name },
		freeze: true,
	});
	const dialog = new frappe.ui.Dialog({
		title: [__("What Does {0} Mean?", [doc.lis_code]), doc.lis_name].filter(Boolean).join(" · "),
		fields: [
			{ fieldname: "suggestions", fieldtype: "HTML" },
			{ fieldname: "target", fieldtype: "Link", options: doc.kind, label: __(doc.kind), reqd: 1 },
			{ fieldname: "everywhere", fieldtype: "Check", label: __("For All Connections") },
		],
		primary_action_label: __("Map"),
		primary_action: ({ target }) => choose(target),
	});
	const choose = async (target) => {
		dialog.hide();
		const { message: answer } = await frappe.call({
			method: `${lab_crm.unknown_codes.PATH}.map_code`,
			args: { code: doc.name, target, everywhere: dialog.get_value("everywhere") ? 1 : 0 },
			freeze: true,
		});
		const text = answer.results
			? __("The code is mapped; results read anew: {0}", [answer.results])
			: __("The code is mapped");
		frappe.show_alert({ message: text, indicator: "green" });
		done();
	};
	const place = dialog.fields_dict.suggestions.$wrapper;
	suggestions.forEach((each) => suggestion_card(each, choose).appendTo(place));
	if (!suggestions.length) $('<p class="text-muted">').text(__("Nothing in the catalogue looks like it.")).appendTo(place);
	dialog.show();
};

function suggestion_card(each, choose) {
	const card = $('<div class="border rounded p-2 mb-2 d-flex justify-content-between align-items-center">');
	const text = $("<div>").appendTo(card);
	$('<div class="font-weight-bold">').text(`${each.title} · ${each.name}`).appendTo(text);
	$('<div class="small text-muted">').text(each.reason).appendTo(text);
	const map = $('<button type="button" class="btn btn-sm btn-primary">').text(__("Map"));
	return card.append(map.on("click", () => choose(each.name)));
}

frappe.listview_settings["LIS Unknown Code"] = {
	hide_name_column: true,
	add_fields: ["lis_code", "lis_name", "kind", "status"],
	filters: [["status", "=", "Open"]],
	get_indicator(doc) {
		const colors = { Open: "orange", Mapped: "green", "Set Aside": "gray" };
		return [__(doc.status), colors[doc.status], `status,=,${doc.status}`];
	},
	button: {
		show: (doc) => doc.status !== "Mapped" && frappe.model.can_create("LIS Code Map"),
		get_label: () => __("Map"),
		get_description: (doc) => __("Say what code {0} means", [doc.lis_code]),
		action: (doc) => lab_crm.unknown_codes.map(doc, () => cur_list.refresh()),
	},
};
