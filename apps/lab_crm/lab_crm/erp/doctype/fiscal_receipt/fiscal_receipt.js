frappe.ui.form.on("Fiscal Receipt", {
	refresh(frm) {
		if (frm.doc.receipt_url) frm.add_web_link(frm.doc.receipt_url, __("Open the Receipt"));
		if (frm.doc.status !== "Failed" || !frm.perm[0].write) return;
		frm.add_custom_button(__("Register Again"), async () => {
			await frm.call("retry");
			frm.reload_doc();
		}).addClass("btn-primary");
	},
});
