// Tubes are marked as filled by scanning their barcodes, on a visit or from the list of specimens.

frappe.provide("lab_crm");

lab_crm.scan_specimens = function (after) {
	const dialog = new frappe.ui.Dialog({
		title: __("Mark Collected"),
		fields: [
			{
				fieldname: "barcode",
				fieldtype: "Data",
				label: __("Barcode"),
				description: __("Scan the tube, or type the digits and press Enter"),
			},
			{ fieldname: "done", fieldtype: "HTML" },
		],
		primary_action_label: __("Done"),
		primary_action: () => dialog.hide(),
		on_hide: () => after && after(),
	});
	const input = dialog.get_field("barcode").$input;
	input.attr({ inputmode: "numeric", autocomplete: "off" });
	input.on("keydown", (event) => {
		if (event.key !== "Enter") return;
		event.preventDefault();
		event.stopPropagation();
		collect(dialog, input);
	});
	dialog.show();
};

async function collect(dialog, input) {
	const barcode = input.val().replace(/\s/g, "");
	if (!barcode) return;
	input.val("");
	try {
		await frappe.xcall("lab_crm.laboratory.collection.mark_collected", { specimens: [barcode] });
		const line = $("<div class='text-success'>").text(`✓ ${barcode}`);
		dialog.get_field("done").$wrapper.prepend(line);
	} finally {
		input.focus();
	}
}
