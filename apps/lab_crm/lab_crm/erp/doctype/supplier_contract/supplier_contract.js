frappe.ui.form.on("Supplier Contract", {
	async refresh(frm) {
		const known = frm.doc.__onload?.suppliers;
		const names = known || (await frappe.db.get_list("Supplier", { pluck: "name", limit: 500 }));
		frm.fields_dict.supplier.set_data(names);
	},
});
