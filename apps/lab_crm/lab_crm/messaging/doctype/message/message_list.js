frappe.listview_settings["Message"] = {
	add_fields: ["status", "reason_code"],
	formatters: { event: (event) => __(event) },
	get_indicator(doc) {
		const colours = { Queued: "blue", Sent: "green", Delivered: "green", Failed: "red", Suppressed: "gray" };
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
	onload(list) {
		if (!frappe.user.has_role(["Lab Administrator", "Lab Director"])) return;
		list.page.add_actions_menu_item(__("Send Again"), () => send_again(list));
	},
};

function send_again(list) {
	const failed = list.get_checked_items().filter((message) => message.status === "Failed");
	if (!failed.length) {
		frappe.msgprint(__("Choose failed messages"));
		return;
	}
	frappe
		.xcall("lab_crm.messaging.doctype.message.message.send_many_again", {
			messages: failed.map((message) => message.name),
		})
		.then(({ queued }) => {
			frappe.show_alert({ message: __("Queued: {0}", [queued]), indicator: "green" });
			list.refresh();
		});
}
