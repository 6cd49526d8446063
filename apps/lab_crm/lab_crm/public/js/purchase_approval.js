// The approval of a purchase, on the ERP's own forms.

for (const doctype of ["Purchase Invoice", "Purchase Order"]) {
	frappe.ui.form.on(doctype, { refresh: (frm) => show_approval(frm, doctype) });
}

async function show_approval(frm, doctype) {
	if (frm.is_new() || frm.doc.docstatus !== 0 || !frappe.model.can_create("Purchase Approval")) return;
	const found = await frappe.xcall("lab_crm.erp.purchases.state", { doctype, name: frm.doc.name });
	if (found.name !== frm.doc.name || !found.needed) return;
	if (found.approval) {
		const text = __("Approval of the director: {0}", [__(found.status)]);
		frm.set_intro(text, { Approved: "green", Rejected: "red" }[found.status] || "orange");
		frm.add_custom_button(__("Open the Approval"), () =>
			frappe.set_route("Form", "Purchase Approval", found.approval)
		);
	} else if (found.ask) {
		frm.set_intro(__("The director has to approve this purchase before it is submitted"), "orange");
	}
	if (found.ask) {
		frm.add_custom_button(__("Ask for Approval"), () => ask(frm, doctype, found)).addClass("btn-primary");
	}
}

function ask(frm, doctype, found) {
	const fields = [
		{ fieldname: "contract", fieldtype: "Select", label: __("Supplier Contract"), options: ["", ...found.contracts] },
		{ fieldname: "purpose", fieldtype: "Small Text", label: __("What It Is For") },
	];
	const send = async (values) => {
		await frappe.xcall("lab_crm.erp.purchases.request", { doctype, name: frm.doc.name, ...values });
		frm.reload_doc();
	};
	frappe.prompt(fields, send, __("Ask for Approval"), __("Ask for Approval"));
}
