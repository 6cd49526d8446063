frappe.ui.form.on("LIS Connection", {
	refresh(frm) {
		if (frm.is_new() || !frm.perm[0]?.write) return;
		frm.add_custom_button(__("Preview of the Message"), () => preview(frm));
	},
});

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
