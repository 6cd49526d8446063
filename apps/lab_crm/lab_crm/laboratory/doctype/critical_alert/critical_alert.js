frappe.ui.form.on("Critical Alert", {
	refresh(frm) {
		const { status } = frm.doc;
		// Medical fields are the doctor's.
		if (status === "Closed" || !frm.perm[1]?.write) return;
		if (status === "Open") frm.add_custom_button(__("Take It Up"), () => act(frm, "acknowledge"));
		frm.add_custom_button(__("Record the Call"), () => ask_comment(frm)).addClass("btn-primary");
	},
});

function ask_comment(frm) {
	const label = __("Whom the doctor called and what was advised");
	const comment = { fieldname: "comment", fieldtype: "Small Text", label, reqd: 1 };
	const title = __("Record the Call");
	frappe.prompt(comment, (given) => act(frm, "record_call", given), title, title);
}

async function act(frm, method, values = {}) {
	await frappe.xcall(`lab_crm.laboratory.critical.${method}`, { alert: frm.doc.name, ...values });
	frm.reload_doc();
}
