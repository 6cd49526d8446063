// Consents taken at the desk, on the patient's card. It lives apart because patients know nothing of consents.

frappe.ui.form.on("Patient", {
	refresh(frm) {
		if (frm.is_new() || !frappe.model.can_create("Consent")) return;
		frm.add_custom_button(__("Take Consents"), () => take_consents(frm), __("Consents"));
		frm.add_custom_button(__("Print to Sign"), () => print_papers(frm), __("Consents"));
		frm.add_custom_button(__("History"), () => frappe.set_route("List", "Consent", { patient: frm.doc.name }), __("Consents"));
	},
});

function print_papers(frm) {
	const search = new URLSearchParams({ doctype: "Patient", name: frm.doc.name, format: "Consent Papers", trigger_print: 0 });
	window.open(`/printview?${search}`);
}

async function take_consents(frm) {
	const { message } = await frappe.call("lab_crm.privacy.desk.offered", { patient: frm.doc.name });
	const open = (message?.consents || []).filter(({ active }) => !active);
	if (!open.length) {
		frappe.msgprint(__("All consents are given: there is nothing to sign."));
		return;
	}
	const dialog = new frappe.ui.Dialog({
		title: __("Consents of {0}", [frappe.utils.escape_html(frm.doc.full_name)]),
		fields: [
			...open.map(({ purpose, short_text, required }) => ({
				fieldname: frappe.scrub(purpose), fieldtype: "Check", default: 0,
				label: frappe.utils.escape_html(short_text) + (required ? ` <b>${__("(required)")}</b>` : ""),
			})),
			{ fieldtype: "Section Break" },
			{ fieldname: "on_paper", fieldtype: "Check", label: __("Signed on paper") },
			{ fieldname: "signature", fieldtype: "Signature", label: __("Patient's Signature"), depends_on: "eval:!doc.on_paper" },
		],
		primary_action_label: __("Save"),
		primary_action: async (values) => {
			const purposes = open.map(({ purpose }) => purpose).filter((purpose) => values[frappe.scrub(purpose)]);
			await frappe.call({
				method: "lab_crm.privacy.desk.record",
				args: {
					patient: frm.doc.name, purposes,
					signature: values.on_paper ? null : values.signature,
					evidence: values.on_paper ? __("Signed on paper") : null,
				},
				freeze: true,
			});
			dialog.hide();
			frappe.show_alert({ message: __("Consents recorded: {0}", [purposes.length]), indicator: "green" });
			frm.reload_doc();
		},
	});
	dialog.show();
}
