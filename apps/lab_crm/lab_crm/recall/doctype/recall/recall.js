frappe.ui.form.on("Recall", {
	/** Nobody dismisses an invitation without a reason: ask for it before the step. */
	before_workflow_action(frm) {
		if (frm.selected_workflow_action !== "Dismiss" || frm.doc.dismiss_reason) return null;
		frappe.dom.unfreeze();
		return new Promise((resolve) => {
			const reason = { fieldname: "reason", fieldtype: "Small Text", label: __("Reason for Dismissal"), reqd: 1 };
			frappe.prompt([reason], async (values) => {
				await frm.set_value("dismiss_reason", values.reason);
				await frm.save();
				resolve();
			}, __("Dismiss"), __("Dismiss"));
		});
	},
});
