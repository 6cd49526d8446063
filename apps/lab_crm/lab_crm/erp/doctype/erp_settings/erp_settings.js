frappe.ui.form.on("ERP Settings", {
	refresh(frm) {
		frm.fields_dict.fiscal_registrar.set_data(frm.doc.__onload?.registrars || []);
		frm.fields_dict.company.set_data(frm.doc.__onload?.companies || []);
		frm.fields_dict.payment_provider.set_data(frm.doc.__onload?.providers || []);
	},
});
