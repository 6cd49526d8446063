frappe.ui.form.on("Recall Rule", {
	refresh(frm) {
		if (frm.is_new() || !frm.doc.is_active || !frm.has_perm("write")) return;
		frm.add_custom_button(__("Invite Now"), async () => {
			if (frm.is_dirty()) await frm.save();
			const { message } = await frm.call({
				method: "lab_crm.recall.scan.run_now",
				args: { rule: frm.doc.name },
				freeze: true,
			});
			if (message) frappe.show_alert({ message: __("Planned: {0}, sent: {1}", [message.planned, message.sent]), indicator: "green" });
		});
	},
});
