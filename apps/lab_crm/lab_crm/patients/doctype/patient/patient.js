frappe.ui.form.on("Patient", {
	refresh(frm) {
		if (frm.is_new()) return;
		show_age(frm);
		frm.add_custom_button(__("Book"), () => frappe.new_doc("Booking", { patient: frm.doc.name }));
		frm.add_custom_button(__("Timeline"), () =>
			frappe.set_route("List", "Journey Event", { patient: frm.doc.name })
		);
	},

	birth_date: show_age,
});

function show_age(frm) {
	const born = frm.doc.birth_date && moment(frm.doc.birth_date);
	const years = born && born.isValid() ? moment().diff(born, "years") : null;
	frm.set_df_property("birth_date", "description", years === null ? "" : __("Age: {0}", [years]));
}
