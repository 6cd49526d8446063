const MESSAGE_TEMPLATE = "lab_crm.messaging.doctype.message_template.message_template";

frappe.ui.form.on("Message Template", {
	refresh(frm) {
		if (frm.previewed_name !== frm.doc.name) {
			frm.previewed_name = frm.doc.name;
			frm.preview_patient = null;
		}
		frm.add_custom_button(__("Preview for a Patient"), () => choose_patient(frm));
		show_help(frm);
	},
	event: show_help,
	body: show_preview,
});

function choose_patient(frm) {
	const field = { fieldname: "patient", label: __("Patient"), fieldtype: "Link", options: "Patient" };
	frappe.prompt(
		[{ ...field, default: frm.preview_patient, description: __("Empty: examples") }],
		({ patient }) => {
			frm.preview_patient = patient || null;
			show_preview(frm);
			frm.scroll_to_field("preview");
		},
		__("Preview for a Patient"),
		__("Show")
	);
}

function show_help(frm) {
	show_preview(frm);
	if (!frm.doc.event) return;
	frappe.xcall(`${MESSAGE_TEMPLATE}.variables_of`, { event: frm.doc.event }).then((rows) => {
		const cells = rows.map(
			(row) => `<tr><td><code>{{ ${row.name} }}</code></td><td>${row.meaning}</td><td>${row.example}</td></tr>`
		);
		frm.get_field("variables_help").$wrapper.html(
			`<table class="table table-bordered small"><tbody>${cells.join("")}</tbody></table>`
		);
	});
}

function show_preview(frm) {
	if (!frm.doc.event || !frm.doc.body) return;
	const { event, body, channel } = frm.doc;
	frappe.xcall(`${MESSAGE_TEMPLATE}.preview`, { event, body, patient: frm.preview_patient }).then((shown) => {
		const text = frappe.utils.escape_html(shown.text).replace(/\n/g, "<br>");
		const whose = frm.preview_patient
			? __("As {0} would get it", [frappe.utils.escape_html(frm.preview_patient)])
			: __("With examples");
		const counted = channel === "SMS" ? counter(shown) : "";
		frm.get_field("preview").$wrapper.html(
			`<p class="text-muted">${whose}</p><div class="border rounded p-3">${text}</div>${counted}`
		);
	});
}

function counter({ sms, latin }) {
	const lines = [
		__("SMS parts: {0}. Characters: {1}, {2} more fit into the last part", [sms.parts, sms.characters, sms.left]),
	];
	if (!sms.is_latin) {
		lines.push(__("In Latin letters: {0} parts, {1} characters", [latin.parts, latin.characters]));
	}
	return lines.map((line) => `<p class="text-muted mb-1 mt-2">${line}</p>`).join("");
}
