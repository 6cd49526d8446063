frappe.ui.form.on("Payroll Entry", {
	refresh(frm) {
		if (frm.doc.docstatus === 0 && !frm.is_new()) {
			frm.add_custom_button(__("Get Employees"), async () => {
				await frm.call("fill_employee_details");
				frm.dirty();
				frm.refresh();
			});
		}
		if (frm.doc.docstatus === 1 && !frm.doc.salary_slips_submitted) {
			frm.add_custom_button(__("Post the Slips"), async () => {
				await frm.call("submit_salary_slips");
				frm.reload_doc();
			}).addClass("btn-primary");
		}
	},
});
