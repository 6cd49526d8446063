// Of a bot: have the messenger send us what people write to it.

frappe.ui.form.on("Message Channel", {
	refresh(frm) {
		const is_bot = ["telegram", "max"].includes(frm.doc.provider);
		if (!is_bot || frm.is_new() || !frm.perm[3]?.write) return;
		frm.add_custom_button(__("Connect the Bot"), async () => {
			await frm.call("connect_bot");
			frappe.show_alert({ message: __("The bot is connected"), indicator: "green" });
			frm.reload_doc();
		});
	},
});
