frappe.ui.form.on("Patient Payment", {
	refresh(frm) {
		frm.disable_save();
		const unused = frm.doc.__onload?.unused || 0;
		if (unused > 0) {
			const sum = format_currency(unused, frm.doc.currency);
			frm.set_intro(__("{0} of this payment is to be given back: the visit does not need it", [sum]), "orange");
		}
		if ((frm.doc.status !== "To Refund" && !unused) || !frm.perm[0]?.write) return;
		frm.add_custom_button(__("Mark as Refunded"), () =>
			frappe.prompt(
				{ fieldname: "note", fieldtype: "Small Text", label: __("How It Was Refunded"), reqd: 1 },
				({ note }) => frm.call("mark_refunded", { note }).then(() => frm.reload_doc()),
				__("Mark as Refunded")
			)
		);
	},
});
