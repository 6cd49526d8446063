frappe.ui.form.on("Visit", {
	async refresh(frm) {
		if (frm.is_new()) return;
		const orders = await frappe.db.get_list("Lab Order", {
			filters: { visit: frm.doc.name, status: ["!=", "Cancelled"] },
			pluck: "name",
		});
		if (!orders.length) return;
		if (frappe.model.can_print("Specimen")) {
			frm.add_custom_button(__("Print Labels"), () => orders.forEach(print_labels));
		}
		if (["Registered", "Collecting"].includes(frm.doc.status) && frappe.model.can_write("Specimen")) {
			frm.add_custom_button(__("Mark Collected"), () =>
				lab_crm.scan_specimens(() => frm.reload_doc())
			);
		}
	},
});

function print_labels(order) {
	const method = "/api/method/lab_crm.laboratory.labels.download";
	window.open(`${method}?order=${encodeURIComponent(order)}`);
}
