frappe.ui.form.on("Specimen", {
	refresh(frm) {
		if (frm.is_new() || frm.doc.status === "Rejected" || !frappe.model.can_write("Specimen")) return;
		frm.add_custom_button(__("Reject Specimen"), () => ask_reason(frm));
	},
});

function ask_reason(frm) {
	const reason = { fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 };
	frappe.prompt(reason, (given) => reject(frm, given.reason), __("Reject Specimen"), __("Reject Specimen"));
}

async function reject(frm, reason) {
	const again = await frappe.xcall("lab_crm.laboratory.collection.reject_specimen", {
		specimen: frm.doc.name,
		reason,
	});
	frappe.show_alert({ message: __("Another tube is planned: {0}", [again]), indicator: "orange" });
	frappe.set_route("Form", "Specimen", again);
}
