frappe.ui.form.on("Patient Merge", {
	refresh(frm) {
		frm.disable_save();
		if (frm.doc.status !== "Merged" || !frappe.model.can_read("Patient Merge")) return;
		frm.add_custom_button(__("Undo the Merge"), () =>
			frappe.prompt(
				{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
				async ({ reason }) => {
					const args = { merge: frm.doc.name, reason };
					await frappe.call({ method: "lab_crm.patients.merging.undo", args, freeze: true });
					frm.reload_doc();
				},
				__("Undo the Merge"),
				__("Undo the Merge")
			)
		);
	},
});
