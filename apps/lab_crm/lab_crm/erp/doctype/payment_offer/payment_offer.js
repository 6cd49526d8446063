frappe.ui.form.on("Payment Offer", {
	refresh(frm) {
		if (frm.is_new()) return;
		if (frm.doc.status === "Draft") {
			frm.add_custom_button(__("Publish"), () =>
				frappe.confirm(__("From now on patients accept this offer. Publish it?"), () =>
					frm.call("publish").then(() => frm.reload_doc())
				)
			);
			return;
		}
		frm.disable_save();
		frm.add_custom_button(__("New Version"), () =>
			frm.call("new_version").then(({ message }) => frappe.set_route("Form", "Payment Offer", message))
		);
	},
});
