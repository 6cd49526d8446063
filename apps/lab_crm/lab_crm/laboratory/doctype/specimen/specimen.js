frappe.ui.form.on("Specimen", {
	refresh(frm) {
		if (frm.is_new()) return;
		show_movements(frm);
		if (frm.doc.status === "Planned" && frm.doc.replaces && frappe.model.can_create("Booking")) {
			frm.set_intro(__("To be collected in the place of {0}, which was rejected. It costs the patient nothing.", [frm.doc.replaces]), "orange");
			frm.add_custom_button(__("Book Collecting Again"), () => choose_time(frm)).addClass("btn-primary");
		}
		if (frm.doc.status === "Rejected" || !frappe.model.can_write("Specimen")) return;
		frm.add_custom_button(__("Reject Specimen"), () => ask_reason(frm));
		if (["Collected", "Received", "Stored"].includes(frm.doc.status) && !frm.doc.transfer) {
			frm.add_custom_button(__("Put into Storage"), () => ask_place(frm));
		}
	},
});

function ask_reason(frm) {
	const reason = { fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 };
	frappe.prompt(reason, (given) => reject(frm, given.reason), __("Reject Specimen"), __("Reject Specimen"));
}

async function reject(frm, reason) {
	const again = await frappe.xcall("lab_crm.laboratory.collection.reject_specimen", {
		specimen: frm.doc.name,
		reason,
	});
	frappe.show_alert({ message: __("Another tube is planned: {0}", [again]), indicator: "orange" });
	frappe.set_route("Form", "Specimen", again);
}

function ask_place(frm) {
	const place = { fieldname: "place", fieldtype: "Data", label: __("Place of Storage"), reqd: 1, description: __("Refrigerator, rack, shelf") };
	const done = async (given) => {
		await frappe.xcall("lab_crm.laboratory.collection.store", { specimens: [frm.doc.name], place: given.place });
		frm.reload_doc();
	};
	frappe.prompt(place, done, __("Put into Storage"), __("Save"));
}

async function show_movements(frm) {
	const wrapper = frm.get_field("movements").$wrapper.empty();
	const specimen = frm.doc.name;
	const { message } = await frappe.call({ method: "lab_crm.laboratory.custody.history", type: "GET", args: { specimen } });
	if (frm.doc.name !== specimen) return; // another tube was opened meanwhile
	wrapper.empty();
	if (!message.links.length) {
		$("<p class='text-muted'>").text(__("The tube has not been collected yet.")).appendTo(wrapper);
		return;
	}
	if (message.broken_at) {
		const text = __("The chain is broken at link {0}: the records were changed outside the system.", [message.broken_at]);
		$("<div class='alert alert-danger'>").text(text).appendTo(wrapper);
	}
	const table = $("<table class='table table-bordered table-sm small'>").appendTo(wrapper);
	const head = $("<tr>").appendTo($("<thead>").appendTo(table));
	[__("When"), __("What"), __("Who"), __("Where"), __("Courier List"), __("Note")].forEach((word) => head.append($("<th scope='col'>").text(word)));
	const body = $("<tbody>").appendTo(table);
	for (const { at, action, who, branch, transfer, place, note } of message.links) {
		const link = transfer ? $("<a>").attr("href", frappe.utils.get_form_link("Specimen Transfer", transfer)).text(transfer) : "";
		const cells = [frappe.datetime.str_to_user(at), action, who, branch].map((text) => $("<td>").text(text || ""));
		const remark = [place, note].filter(Boolean).join(" · ");
		body.append($("<tr>").append(cells, $("<td>").append(link), $("<td>").text(remark)));
	}
}

const AGAIN = "lab_crm.laboratory.recollection";

async function choose_time(frm) {
	const ask = (first_day) => frappe.call({ method: `${AGAIN}.free`, type: "GET", args: { specimen: frm.doc.name, first_day } });
	const { message } = await ask();
	if (!message.starts.length) {
		frappe.msgprint(__("There is no free time in the next two weeks."));
		return;
	}
	const first = message.starts[0].slice(0, 10);
	const dialog = new frappe.ui.Dialog({
		title: __("Book Collecting Again"),
		fields: [
			{ fieldname: "what", fieldtype: "HTML" },
			{ fieldname: "day", fieldtype: "Date", label: __("Day"), reqd: 1, default: first, onchange: () => show_day() },
			{ fieldname: "time", fieldtype: "Select", label: __("Time"), reqd: 1 },
		],
		primary_action_label: __("Book"),
		primary_action: async ({ day, time }) => {
			const start = offered.find((one) => one.startsWith(`${day}T${time}`));
			dialog.disable_primary_action();
			try {
				const booking = await frappe.xcall(`${AGAIN}.book`, { specimen: frm.doc.name, start });
				dialog.hide();
				frappe.show_alert({ message: __("Booked: {0}. The patient will be told.", [booking]), indicator: "green" });
				frm.reload_doc();
			} finally {
				dialog.enable_primary_action();
			}
		},
	});
	let offered = message.starts;
	const show_day = async () => {
		const day = dialog.get_value("day");
		if (!day) return;
		if (!offered.some((one) => one.startsWith(day))) offered = (await ask(day)).message.starts;
		const times = offered.filter((one) => one.startsWith(day)).map((one) => one.slice(11, 16));
		dialog.set_df_property("time", "options", times);
		dialog.set_df_property("time", "description", times.length ? "" : __("No free time on this day"));
		dialog.set_value("time", times[0] || "");
	};
	const text = `${message.branch}: ${message.services.join(", ")}. ${__("Free of charge.")}`;
	dialog.get_field("what").$wrapper.append($("<p>").text(text));
	dialog.show();
	show_day();
}
