// A courier list: packed, handed over and received by scanning.

const TRANSFERS = "lab_crm.laboratory.transfers";

frappe.ui.form.on("Specimen Transfer", {
	setup(frm) {
		for (const side of ["from_branch", "to_branch"]) {
			frm.set_query(side, () => ({ filters: { is_active: 1 } }));
		}
	},

	refresh(frm) {
		if (frm.is_new()) {
			frm.set_intro(__("Save the list, then pack it by scanning the tubes."), "blue");
			return;
		}
		warn(frm);
		if (!frappe.model.can_write("Specimen Transfer")) return;
		const { status, items } = frm.doc;
		if (status === "Packing") {
			frm.add_custom_button(__("Pack by Scanning"), () => scan(frm, "pack")).addClass("btn-primary");
			if (items.length) frm.add_custom_button(__("Hand Over to the Courier"), () => hand_over(frm));
			if (items.length) frm.add_custom_button(__("Take a Tube Off"), () => take_off(frm));
			frm.add_custom_button(__("Cancel the List"), () => cancel(frm));
		} else if (status === "In Transit") {
			frm.add_custom_button(__("Receive by Scanning"), () => scan(frm, "receive")).addClass("btn-primary");
			frm.add_custom_button(__("Finish Receiving"), () => finish(frm));
		} else if (status === "Received" && frm.doc.missing_count) {
			frm.add_custom_button(__("Receive a Late Tube"), () => scan(frm, "receive"));
		}
	},
});

function named(frm, state) {
	return frm.doc.items.filter((row) => row.state === state).map((row) => row.specimen).join(", ");
}

function warn(frm) {
	const { late_since, missing_count, unexpected_count, seal_broken } = frm.doc;
	const lines = [];
	if (late_since) lines.push(__("The courier is late: expected by {0}", [frappe.datetime.str_to_user(late_since)]));
	if (missing_count) lines.push(__("Missing: {0}", [named(frm, "Missing")]));
	if (unexpected_count) lines.push(__("Unexpected: {0}", [named(frm, "Unexpected")]));
	if (seal_broken) lines.push(__("The seal was broken"));
	frm.set_intro("");
	if (lines.length) frm.set_intro(lines.map(frappe.utils.escape_html).join("<br>"), "red");
}

function call(frm, method, args = {}) {
	return frappe.call({ method: `${TRANSFERS}.${method}`, args: { transfer: frm.doc.name, ...args }, freeze: true });
}

async function scan(frm, action) {
	if (action === "pack" && frm.is_dirty()) await frm.save();
	const dialog = new frappe.ui.Dialog({
		title: action === "pack" ? __("Pack by Scanning") : __("Receive by Scanning"),
		fields: [
			{ fieldname: "state", fieldtype: "HTML" },
			{ fieldname: "barcode", fieldtype: "Data", label: __("Barcode"), description: __("Scan the tube, or type the digits and press Enter") },
			{ fieldname: "log", fieldtype: "HTML" },
		],
		primary_action_label: __("Done"),
		primary_action: () => dialog.hide(),
		on_hide: () => {
			queue.stop();
			frm.reload_doc();
		},
	});
	const input = dialog.get_field("barcode").$input.attr({ inputmode: "numeric", autocomplete: "off" });
	const state = dialog.get_field("state").$wrapper.attr({ role: "status" });
	const log = dialog.get_field("log").$wrapper;
	const say = (sign, kind, text) => log.prepend($(`<div class="text-${kind}">`).text(`${sign} ${text}`));
	let last = null;
	const queue = new lab_crm.ScanQueue({
		key: `${action}:${frm.doc.name}`,
		send: (specimens) => lab_crm.call_or_lost(`${TRANSFERS}.${action}`, { transfer: frm.doc.name, specimens }),
		answered(answer) {
			last = answer;
			answer.done.forEach((one) => {
				const odd = answer.unexpected?.includes(one);
				say(odd ? "!" : "✓", odd ? "warning" : "success", odd ? __("{0}: not on this list", [one]) : one);
			});
			answer.already.forEach((one) => say("=", "muted", __("{0}: scanned already", [one])));
			answer.refused.forEach(({ message }) => say("✗", "danger", message));
		},
		changed() {
			const lines = [];
			if (last && action === "pack") lines.push(__("On the list: {0}", [last.packed]));
			if (last && action === "receive") lines.push(__("Still to scan: {0}", [last.waiting.length]));
			const waiting = queue.waiting.length;
			if (queue.offline) lines.push(__("No network: {0} scans wait and will be sent by themselves", [waiting]));
			state.text(lines.join(" · ")).toggleClass("text-danger", queue.offline);
		},
	});
	input.on("keydown", (event) => {
		if (event.key !== "Enter") return;
		event.preventDefault();
		event.stopPropagation();
		const barcode = input.val().replace(/\s/g, "");
		input.val("").focus();
		if (barcode) queue.add(barcode);
	});
	dialog.show();
	queue.flush();
}

function hand_over(frm) {
	const { courier_name, seal_number, expected_at } = frm.doc;
	const fields = [
		{ fieldname: "courier_name", fieldtype: "Data", label: __("Courier"), reqd: 1, default: courier_name },
		{ fieldname: "seal_number", fieldtype: "Data", label: __("Seal Number"), reqd: 1, default: seal_number },
		{ fieldname: "temperature", fieldtype: "Data", label: __("Temperature on Leaving, °C"), reqd: 1 },
		{ fieldname: "expected_at", fieldtype: "Datetime", label: __("Expected At"), reqd: 1, default: expected_at },
	];
	const done = async (values) => {
		await call(frm, "hand_over", values);
		await frm.reload_doc();
		frappe.show_alert({ message: __("Handed over to the courier"), indicator: "green" });
	};
	frappe.prompt(fields, done, __("Hand Over to the Courier"), __("Hand Over"));
}

function take_off(frm) {
	const field = { fieldname: "specimen", fieldtype: "Data", label: __("Barcode"), reqd: 1 };
	const done = async ({ specimen }) => {
		await call(frm, "unpack", { specimen: specimen.replace(/\s/g, "") });
		frm.reload_doc();
	};
	frappe.prompt(field, done, __("Take a Tube Off"), __("Take Off"));
}

async function finish(frm) {
	await frm.reload_doc(); // others scan too
	const left = frm.doc.items.filter((row) => row.state === "Packed").map((row) => row.specimen);
	const fields = [
		{ fieldname: "temperature", fieldtype: "Data", label: __("Temperature on Arrival, °C"), reqd: 1 },
		{ fieldname: "seal_broken", fieldtype: "Check", label: __("Seal Was Broken") },
	];
	if (left.length) {
		const text = __("Not scanned, will be noted as missing: {0}", [left.join(", ")]);
		fields.unshift({ fieldname: "left", fieldtype: "HTML", options: $("<p class='text-danger'>").text(text).prop("outerHTML") });
	}
	const done = async ({ temperature, seal_broken }) => {
		await call(frm, "close", { temperature, seal_broken });
		frm.reload_doc();
	};
	frappe.prompt(fields, done, __("Finish Receiving"), __("Finish Receiving"));
}

function cancel(frm) {
	frappe.confirm(__("Cancel the list? Its tubes stay where they are."), async () => {
		await call(frm, "cancel");
		frm.reload_doc();
	});
}
