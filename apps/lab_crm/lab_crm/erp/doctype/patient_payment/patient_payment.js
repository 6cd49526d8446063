frappe.ui.form.on("Patient Payment", {
	refresh(frm) {
		frm.disable_save();
		if (frm.doc.status !== "To Refund" || !frm.perm[0]?.write) return;
		frm.add_custom_button(__("Mark as Refunded"), () =>
			frappe.prompt(
				{ fieldname: "note", fieldtype: "Small Text", label: __("How It Was Refunded"), reqd: 1 },
				({ note }) => frm.call("mark_refunded", { note }).then(() => frm.reload_doc()),
				__("Mark as Refunded")
			)
		);
	},
});
