frappe.ui.form.on("Message", {
	refresh(frm) {
		if (frm.doc.status === "Failed" && frappe.user.has_role(["Lab Administrator", "Lab Director"])) {
			frm.add_custom_button(__("Send Again"), () =>
				frm.call("send_again").then(() => frm.reload_doc())
			);
		}
	},
});
