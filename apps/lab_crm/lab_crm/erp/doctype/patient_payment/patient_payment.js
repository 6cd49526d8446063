frappe.ui.form.on("Patient Payment", {
	refresh(frm) {
		frm.disable_save();
		const unused = frm.doc.__onload?.unused || 0;
		if (unused > 0) {
			const sum = format_currency(unused, frm.doc.currency);
			frm.set_intro(__("{0} of this payment is to be given back: the visit does not need it", [sum]), "orange");
		}
		if ((frm.doc.status !== "To Refund" && !unused) || !frm.perm[0]?.write) return;
		if (frm.doc.__onload?.can_refund) {
			const sum = format_currency(unused || frm.doc.amount, frm.doc.currency);
			frm.add_custom_button(__("Give Back through {0}", [frm.doc.provider]), () =>
				frappe.confirm(__("Give {0} back to the patient through {1}?", [sum, frm.doc.provider]), () =>
					frm.call({ method: "refund_online", doc: frm.doc, freeze: true }).then(() => frm.reload_doc())
				)
			);
		}
		frm.add_custom_button(__("Mark as Refunded"), () =>
			frappe.prompt(
				{ fieldname: "note", fieldtype: "Small Text", label: __("How It Was Refunded"), reqd: 1 },
				({ note }) => frm.call("mark_refunded", { note }).then(() => frm.reload_doc()),
				__("Mark as Refunded")
			)
		);
	},
});
