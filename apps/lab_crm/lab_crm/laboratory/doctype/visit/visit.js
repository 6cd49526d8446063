frappe.ui.form.on("Visit", {
	async refresh(frm) {
		if (frm.is_new()) return;
		const visit = frm.doc.name;
		const orders = await frappe.db.get_list("Lab Order", {
			filters: { visit, status: ["!=", "Cancelled"] },
			pluck: "name",
		});
		// Meanwhile the form may show another visit.
		if (!orders.length || frm.doc.name !== visit) return;
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
