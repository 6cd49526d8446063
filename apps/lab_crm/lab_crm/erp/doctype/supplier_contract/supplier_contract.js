frappe.ui.form.on("Supplier Contract", {
	async refresh(frm) {
		frm.fields_dict.supplier.set_data(frm.doc.__onload?.suppliers || (await known()));
	},
});

async function known() {
	const rows = await frappe.db.get_list("Supplier", { fields: ["name", "supplier_name"], limit: 500 });
	return rows.map((row) => ({ value: row.name, label: row.supplier_name }));
}
