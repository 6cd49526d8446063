frappe.ui.form.on("Holiday List", {
	refresh(frm) {
		frm.add_custom_button(__("Add the Weekly Off"), async () => {
			await frm.call("get_weekly_off_dates");
			frm.dirty();
			frm.refresh();
		});
	},
});
