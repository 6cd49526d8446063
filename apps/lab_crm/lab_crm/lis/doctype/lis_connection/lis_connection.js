frappe.ui.form.on("LIS Connection", {
	refresh(frm) {
		name_fields(frm);
		if (frm.is_new() || !frm.perm[0]?.write) return;
		if (frm.doc.kind === "Analyser") return; // it is sent no orders
		frm.add_custom_button(__("Preview of the Message"), () => preview(frm));
	},
	kind: name_fields,
	protocol: name_fields,
});

// The same fields tell a LIS and an analyser apart; each is called by its own words.
function name_fields(frm) {
	const is_analyser = frm.doc.kind === "Analyser";
	const by_records = is_analyser && frm.doc.protocol === "ASTM";
	const set = (field, property, text) => frm.set_df_property(field, property, text);
	set("receiving_application", "label", is_analyser ? __("Name of the Analyser") : __("LIS Application"));
	set(
		"receiving_application",
		"description",
		by_records
			? __("As it stands in H-5 of its messages. Empty: any name from its addresses")
			: __("MSH-5 of what we send; its messages are known by the same name in MSH-3")
	);
	set(
		"host",
		"description",
		by_records
			? __("Only when the analyser waits to be called: then we connect to it. Otherwise leave it empty")
			: __("Where the LIS listens for our messages; an analyser, for what it is to measure")
	);
	set(
		"peers",
		"description",
		is_analyser
			? __("Empty: the analyser may connect from anywhere")
			: __("Empty: the LIS may connect from anywhere")
	);
	set(
		"encoding",
		"description",
		by_records ? __("Of what it sends and we answer") : __("Of what we send, and of what comes without MSH-18")
	);
}

async function preview(frm) {
	if (frm.is_dirty()) await frm.save();
	const dialog = new frappe.ui.Dialog({
		title: __("Preview of the Message"),
		size: "extra-large",
		fields: [
			{
				fieldname: "message_type",
				fieldtype: "Select",
				label: __("Message Type"),
				options: ["OML^O21", "ORM^O01", "ADT^A04", "ADT^A08"],
				default: frm.doc.order_message,
				change: () => show(),
			},
			{ fieldname: "text", fieldtype: "HTML" },
		],
	});
	const show = async () => {
		const args = { connection: frm.doc.name, message_type: dialog.get_value("message_type") };
		const { message } = await frappe.call({ method: "lab_crm.lis.preview.preview", args });
		const lines = (message || "").split("\r").join("\n");
		const text = $('<pre class="border rounded p-2" style="white-space: pre-wrap; word-break: break-all">').text(lines);
		dialog.fields_dict.text.$wrapper.empty().append(text);
		$('<p class="small text-muted">').text(__("The person and the order are made up.")).appendTo(dialog.fields_dict.text.$wrapper);
	};
	dialog.show();
	show();
}
