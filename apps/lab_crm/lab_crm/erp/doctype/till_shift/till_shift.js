frappe.ui.form.on("Till Shift", {
	refresh(frm) {
		if (frm.is_new() || frm.doc.status !== "Open") return;
		frm.add_custom_button(__("Close the Shift"), () => close(frm)).addClass("btn-primary");
	},
});

function close(frm) {
	frappe.prompt(
		{ fieldname: "counted", fieldtype: "Currency", label: __("Cash Counted"), reqd: 1 },
		async ({ counted }) => {
			await frm.call("close", { counted_cash: counted });
			frm.reload_doc();
		},
		__("Close the Shift"),
		__("Close the Shift")
	);
}
