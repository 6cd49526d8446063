frappe.ui.form.on("LIS Unknown Code", {
	refresh(frm) {
		frm.disable_save();
		if (frm.doc.status === "Mapped" || !frappe.model.can_create("LIS Code Map")) return;
		const aside = frm.doc.status === "Set Aside";
		const map = () => lab_crm.unknown_codes.map(frm.doc, () => frm.reload_doc());
		frm.add_custom_button(__("Map"), map).addClass("btn-primary");
		frm.add_custom_button(aside ? __("Put Back") : __("Put Aside"), async () => {
			await frappe.call({
				method: `${lab_crm.unknown_codes.PATH}.set_aside`,
				args: { code: frm.doc.name, back: aside ? 1 : 0 },
			});
			frm.reload_doc();
		});
	},
});
