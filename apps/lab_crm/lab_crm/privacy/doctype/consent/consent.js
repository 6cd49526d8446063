frappe.ui.form.on("Consent", {
	setup(frm) {
		frm.set_query("form", () => ({ filters: { purpose: frm.doc.purpose || "", status: "Published" } }));
		// The desk adds the time zone to the text and then finds no translation of the two.
		frm.set_df_property("given_on", "description", __("Empty: now"));
	},

	refresh(frm) {
		if (frm.is_new() || frm.doc.status !== "Active") return;
		frm.add_custom_button(__("Withdraw"), () =>
			frappe.prompt(
				{ fieldname: "evidence", fieldtype: "Small Text", label: __("Evidence of Withdrawal"), reqd: 1 },
				({ evidence }) => frm.call("withdraw_at_desk", { evidence }).then(() => frm.reload_doc()),
				__("Withdraw")
			)
		);
	},
});
