frappe.ui.form.on("NSI Import", {
	refresh(frm) {
		frm.disable_save();
		const running = frm.doc.status === "In Progress";
		if (running) {
			frm.dashboard.set_headline(__("The import is running; this page shows its progress."));
		}
		frm.add_custom_button(__("Import"), () => frm.events.start(frm)).toggleClass("btn-primary", !running);
	},
	async start(frm) {
		if (!frm.doc.registry_file) {
			frappe.msgprint(__("Attach the file of a registry"));
			return;
		}
		if (frm.is_dirty()) await frm.save();
		await frm.call({ method: "start", doc: frm.doc, freeze: true });
		await frm.reload_doc();
		frappe.show_alert({ message: __("The import is queued"), indicator: "blue" });
	},
});
