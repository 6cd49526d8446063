frappe.ui.form.on("ERP Settings", {
	refresh(frm) {
		frm.fields_dict.payment_provider.set_data(frm.doc.__onload?.providers || []);
	},
});
