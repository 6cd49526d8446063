frappe.ui.form.on("Patient", {
	refresh(frm) {
		if (frm.is_new()) return;
		show_age(frm);
		frm.add_custom_button(__("Book"), () => frappe.new_doc("Booking", { patient: frm.doc.name }));
		frm.add_custom_button(__("Timeline"), () =>
			frappe.set_route("List", "Journey Event", { patient: frm.doc.name })
		);
		if (frm.doc.merged_into) {
			frm.set_intro(__("This card was merged into {0}", [frm.doc.merged_into]), "orange");
		} else if (frappe.model.can_read("Patient Merge")) {
			frm.add_custom_button(__("Merge with Another Card"), () => choose_merge(frm));
		}
	},

	birth_date: show_age,
});

function show_age(frm) {
	const born = frm.doc.birth_date && moment(frm.doc.birth_date);
	const years = born && born.isValid() ? moment().diff(born, "years") : null;
	frm.set_df_property("birth_date", "description", years === null ? "" : __("Age: {0}", [years]));
}

function choose_merge(frm) {
	const fields = [
		{
			fieldname: "merged",
			fieldtype: "Link",
			options: "Patient",
			label: __("Card That Was Merged"),
			reqd: 1,
			description: __("Its bookings, orders, results and messages move to this card. It can be undone."),
			get_query: () => ({ filters: { name: ["!=", frm.doc.name], merged_into: ["is", "not set"] } }),
		},
		{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
		{
			fieldname: "confirmed",
			fieldtype: "Check",
			label: __("Merge even if birth date, sex or SNILS differ"),
		},
	];
	frappe.prompt(fields, (values) => merge_cards(frm, values), __("Merge with Another Card"), __("Merge"));
}

async function merge_cards(frm, values) {
	const method = "lab_crm.patients.merging.merge_cards";
	await frappe.call({ method, args: { survivor: frm.doc.name, ...values }, freeze: true });
	frm.reload_doc();
	frappe.show_alert({ message: __("The cards are merged"), indicator: "green" });
}
