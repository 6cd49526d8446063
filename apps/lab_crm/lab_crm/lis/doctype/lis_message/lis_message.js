// Buttons of a message: whose it is, away with it, once more. What each does is decided in lis/work_list.py.

const WORK_LIST = "lab_crm.lis.work_list";

frappe.ui.form.on("LIS Message", {
	setup(frm) {
		// The desk adds the time zone to the text and then finds no translation of the two.
		frm.set_df_property("received_at", "description", __("Of an outgoing message: when it was queued"));
	},

	refresh(frm) {
		frm.disable_save();
		if (!frm.perm[0]?.write) return;
		const waiting = ["Unmatched", "Failed"].includes(frm.doc.status);
		if (frm.doc.direction === "In" && waiting) {
			if (frm.perm[1]?.read) {
				if (!/^(ADT|MFN)/.test(frm.doc.message_type)) frm.add_custom_button(__("Find Order"), () => find_order(frm)).addClass("btn-primary");
				frm.add_custom_button(__("Reject"), () => reject(frm));
			}
			frm.add_custom_button(__("Process Again"), () => act(frm, "process_again"));
		}
		if (frm.doc.direction === "In" && frm.doc.lab_result && frm.perm[1]?.read) {
			frm.add_custom_button(__("Detach"), () => detach(frm));
		}
		const is_answer = ["ASTM^O", "OML^O33"].includes(frm.doc.message_type); // the analyser asks again by itself
		if (frm.doc.direction === "Out" && ["Failed", "Rejected"].includes(frm.doc.status) && !is_answer) {
			frm.add_custom_button(__("Send Again"), () => act(frm, "resend")).addClass("btn-primary");
		}
	},
});

async function act(frm, method, args = {}) {
	const { message } = await frappe.call({
		method: `${WORK_LIST}.${method}`,
		args: { message: frm.doc.name, ...args },
		freeze: true,
	});
	await frm.reload_doc();
	return message;
}

function detach(frm) {
	frappe.prompt(
		{
			fieldname: "reason",
			fieldtype: "Small Text",
			label: __("Reason"),
			reqd: 1,
			description: __("The results leave the order; what they replaced comes back. The message will wait anew."),
		},
		async ({ reason }) => {
			const args = { message: frm.doc.name, reason };
			await frappe.call({ method: "lab_crm.lis.detaching.detach", args, freeze: true });
			frm.reload_doc();
		},
		__("Detach from Order {0}", [frm.doc.lab_order]),
		__("Detach")
	);
}

function reject(frm, number) {
	frappe.prompt(
		{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
		({ reason }) => act(frm, "reject", number === undefined ? { reason } : { reason, number }),
		__("Reject the Message"),
		__("Reject")
	);
}

async function find_order(frm) {
	const { message: parts } = await frappe.call({
		method: `${WORK_LIST}.get_suggestions`,
		args: { message: frm.doc.name },
		freeze: true,
	});
	const dialog = new frappe.ui.Dialog({
		title: __("Whose Result Is It?"),
		size: "large",
		fields: [{ fieldname: "parts", fieldtype: "HTML" }],
	});
	dialog.fields_dict.parts.$wrapper.append(
		parts?.length ? parts.map((part) => part_view(frm, dialog, part)) : $("<p>").text(__("Nothing of the message waits"))
	);
	dialog.show();
}

function part_view(frm, dialog, part) {
	const view = $('<section class="mb-4">');
	const person = [part.person, part.birth_date && frappe.datetime.str_to_user(part.birth_date)].filter(Boolean).join(", ");
	$('<h5 class="mb-1">').text(person || __("The person is not named")).appendTo(view);
	$('<p class="text-muted mb-2">')
		.text([part.service, ...part.says].filter(Boolean).join(" · "))
		.appendTo(view);
	$('<p class="small mb-2">').text(part.values.slice(0, 6).join("; ")).appendTo(view);
	part.suggestions.forEach((each) => view.append(suggestion_view(frm, dialog, part, each)));
	if (!part.suggestions.length) $("<p>").text(__("No order looks like it. Choose one by hand.")).appendTo(view);
	button(__("Another Order"), "btn-default", () => choose(frm, dialog, part)).appendTo(view);
	button(__("Reject"), "btn-default ml-2", () => (dialog.hide(), reject(frm, part.number))).appendTo(view);
	return view;
}

function suggestion_view(frm, dialog, part, each) {
	const born = each.birth_date ? frappe.datetime.str_to_user(each.birth_date) : "";
	const card = $('<div class="border rounded p-2 mb-2 d-flex justify-content-between align-items-center">');
	const text = $("<div>").appendTo(card);
	$('<div class="font-weight-bold">').text([each.order, each.patient_name, born].filter(Boolean).join(" · ")).appendTo(text);
	$('<div class="small">')
		.text([frappe.datetime.str_to_user(each.ordered_at), __(each.status), ...each.services].join(" · "))
		.appendTo(text);
	$('<div class="small text-muted">').text(each.reason).appendTo(text);
	if (each.against) $('<div class="small text-danger">').text(each.against).appendTo(text);
	return card.append(button(__("Attach"), "btn-primary", () => attach(frm, dialog, part, each.order, each.against)));
}

function button(label, style, action) {
	return $(`<button type="button" class="btn btn-sm ${style}">`).text(label).on("click", action);
}

function choose(frm, dialog, part) {
	frappe.prompt(
		{ fieldname: "order", fieldtype: "Link", options: "Lab Order", label: __("Lab Order"), reqd: 1 },
		({ order }) => attach(frm, dialog, part, order),
		__("Another Order"),
		__("Attach")
	);
}

function attach(frm, dialog, part, order, against) {
	const go = async (confirmed) => {
		dialog.hide();
		const answer = await act(frm, "attach", { order, number: part.number, confirmed });
		if (answer?.result) frappe.show_alert({ message: __("The result is stored"), indicator: "green" });
	};
	if (!against) return go(0);
	frappe.confirm(__("{0}. Attach all the same?", [frappe.utils.escape_html(against)]), () => go(1));
}
