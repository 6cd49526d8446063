// The diff of a master file: what the catalogue holds, what the LIS wants; rows are chosen, applied or rejected.
// What each button does is decided in lis/catalogue_changes.py.

const PATH = "lab_crm.lis.catalogue_changes";
const PER_CALL = 100; // rows, so that a long list shows its progress
const UNDECIDED = ["To Decide", "Failed"];
const STATUS_COLORS = { "To Decide": "orange", Failed: "red", Accepted: "green", Rejected: "red", Superseded: "gray", Unchanged: "gray" };
const KIND_COLORS = { Added: "blue", Changed: "yellow", Discontinued: "red", Reinstated: "green", Unclear: "orange", Unchanged: "gray" };

frappe.ui.form.on("Catalogue Change", {
	async refresh(frm) {
		frm.disable_save();
		frm.page.clear_actions_menu();
		await show(frm);
	},
});

async function show(frm) {
	const { message: rows } = await frappe.call({ method: `${PATH}.get_rows`, args: { change: frm.doc.name }, type: "GET" });
	const view = { frm, rows, can_write: frm.perm[0]?.write && frappe.model.can_write("Lab Service"), filter: null };
	view.filter = rows.some(is_open) ? "open" : "all";
	const place = frm.fields_dict.diff.$wrapper.empty().addClass("catalogue-diff");
	view.head = $('<div class="d-flex flex-wrap justify-content-between align-items-center mb-3" style="gap: 8px">').appendTo(place);
	view.body = $("<div>").appendTo(place);
	draw(view);
	if (view.can_write) add_buttons(view);
}

const is_open = (row) => UNDECIDED.includes(row.status);
const may_choose = (view, row) => view.can_write && is_open(row) && !row.problem;

const FILTERS = {
	open: { label: () => __("To decide"), fits: is_open },
	warned: { label: () => __("With warnings"), fits: (row) => is_open(row) && (row.warnings || row.problem) },
	decided: { label: () => __("Decided"), fits: (row) => !is_open(row) && row.status !== "Unchanged" },
	same: { label: () => __("Unchanged"), fits: (row) => row.status === "Unchanged" },
	all: { label: () => __("All"), fits: () => true },
};

function add_buttons(view) {
	const { frm } = view;
	if (!view.rows.some(is_open)) return;
	frm.add_custom_button(__("Apply Chosen"), () => apply(view)).addClass("btn-primary");
	frm.add_custom_button(__("Reject"), () => reject(view));
	frm.add_custom_button(__("Compare Again"), () => call(view, "compare_again", {}));
}

function draw(view) {
	draw_filters(view);
	const rows = view.rows.filter(FILTERS[view.filter].fits);
	view.body.empty();
	if (!rows.length) {
		$('<p class="text-muted">').text(__("There is nothing here.")).appendTo(view.body);
		return;
	}
	const table = $('<table class="table table-bordered small mb-0" style="table-layout: fixed">').appendTo(view.body);
	table.append(header(view));
	const lines = $("<tbody>").appendTo(table);
	rows.forEach((row, number) => lines.append(line(view, row, rows[number - 1])));
	remember(view);
}

function draw_filters(view) {
	view.head.empty();
	const group = $('<div class="btn-group btn-group-sm" role="group">').appendTo(view.head);
	Object.entries(FILTERS).forEach(([key, { label, fits }]) => {
		const count = view.rows.filter(fits).length;
		if (!count && key !== view.filter) return;
		$(`<button type="button" class="btn ${key === view.filter ? "btn-primary" : "btn-default"}">`)
			.text(`${label()}: ${count}`)
			.attr("aria-pressed", key === view.filter)
			.on("click", () => ((view.filter = key), draw(view)))
			.appendTo(group);
	});
	view.chosen = $('<span class="text-muted">').appendTo(view.head);
}

function header(view) {
	const line = $("<tr>");
	const all = $('<input type="checkbox">').attr("aria-label", __("Choose all"));
	all.on("change", () => view.body.find("tbody input").prop("checked", all.prop("checked")).first().trigger("change"));
	line.append($('<th style="width: 36px">').append(view.rows.some((row) => may_choose(view, row)) ? all : ""));
	[
		[__("What Changes"), "14%"],
		[__("Service or Analyte"), "24%"],
		[__("In the Catalogue"), "20%"],
		[__("In the LIS"), "20%"],
		[__("Remarks"), ""],
	].forEach(([label, width]) => line.append($("<th>").text(label).css("width", width)));
	return $("<thead>").append(line);
}

function line(view, row, before) {
	const same = before && before.lis_code === row.lis_code && before.record_type === row.record_type && before.target === row.target;
	const tr = $("<tr>").toggleClass("text-muted", !is_open(row));
	const box = $('<input type="checkbox">').val(row.name).attr("aria-label", [row.title, row.label].join(", "));
	box.prop("checked", !row.warnings && row.status === "To Decide").on("change", () => remember(view));
	tr.append($("<td>").append(may_choose(view, row) ? box : ""));
	const kind = $("<td>").append(pill(__(row.kind), KIND_COLORS[row.kind]));
	kind.append($('<div class="mt-1">').text(row.label));
	if (row.valid_from) kind.append($('<div class="text-muted">').text(__("since {0}", [frappe.datetime.str_to_user(row.valid_from)])));
	tr.append(kind);
	tr.append(same ? $('<td class="text-muted">').text("″") : name_cell(row));
	tr.append(text_cell(row.old_value), text_cell(row.new_value, ["Changed", "Discontinued", "Reinstated"].includes(row.kind)));
	return tr.append(remarks_cell(row));
}

function name_cell(row) {
	const cell = $("<td>");
	const doctype = row.record_type === "Service Price" ? "Lab Service" : row.record_type;
	if (row.target) {
		$("<a>").attr("href", frappe.utils.get_form_link(doctype, row.target)).text(row.title).appendTo(cell);
	} else {
		$("<span>").text(row.title).appendTo(cell);
	}
	const place = row.record_type === "Service Price" ? [row.branch_name || __("Every branch"), __(row.funding)] : [];
	return cell.append($('<div class="text-muted">').text([row.lis_code, ...place].filter(Boolean).join(" · ")));
}

function text_cell(text, is_new) {
	const cell = $('<td style="white-space: pre-wrap; overflow-wrap: anywhere">').text(text || "—");
	return cell.toggleClass("font-weight-bold", Boolean(is_new && text));
}

function remarks_cell(row) {
	const cell = $('<td style="overflow-wrap: anywhere">');
	if (row.status !== "To Decide" && row.status !== "Unchanged") {
		cell.append(pill(__(row.status), STATUS_COLORS[row.status]));
		if (row.decided_by) {
			const when = frappe.datetime.str_to_user(row.decided_at);
			cell.append($('<div class="text-muted">').text([frappe.user.full_name(row.decided_by), when].join(", ")));
		}
	}
	if (row.reason) $("<div>").toggleClass("text-danger", row.status === "Failed").text(row.reason).appendTo(cell);
	if (!is_open(row)) return cell;
	if (row.problem) $('<div class="text-danger">').text(row.problem).appendTo(cell);
	(row.warnings || "").split("\n").filter(Boolean).forEach((text) => $("<div>").text(`⚠ ${text}`).appendTo(cell));
	return cell;
}

function pill(text, color) {
	return $(`<span class="indicator-pill no-indicator-dot ${color}">`).append($("<span>").text(text));
}

const chosen = (view) => view.body.find("tbody input:checked").toArray().map((box) => box.value);

function remember(view) {
	if (view.can_write && view.rows.some(is_open)) view.chosen.text(__("Chosen: {0}", [chosen(view).length]));
}

function apply(view) {
	const names = chosen(view);
	if (!names.length) return frappe.show_alert({ message: __("Choose rows first"), indicator: "orange" });
	const warned = view.rows.filter((row) => names.includes(row.name) && row.warnings).length;
	const question = warned
		? __("Apply {0} rows? {1} of them have warnings.", [names.length, warned])
		: __("Apply {0} rows?", [names.length]);
	frappe.confirm(question, () => send(view, names));
}

async function send(view, names) {
	const told = { applied: 0, failed: 0 };
	for (let start = 0; start < names.length; start += PER_CALL) {
		const rows = names.slice(start, start + PER_CALL);
		const args = { change: view.frm.doc.name, rows };
		const { message } = await frappe.call({ method: `${PATH}.apply`, args, freeze: true });
		told.applied += message.applied;
		told.failed += message.failed;
		if (names.length > PER_CALL) frappe.show_progress(__("Applying"), start + rows.length, names.length);
	}
	frappe.hide_progress();
	const text = told.failed
		? __("Applied: {0}, failed: {1}. The rows say why.", [told.applied, told.failed])
		: __("Applied: {0}", [told.applied]);
	frappe.show_alert({ message: text, indicator: told.failed ? "orange" : "green" });
	view.frm.reload_doc();
}

function reject(view) {
	const names = chosen(view);
	const title = names.length ? __("Reject {0} rows", [names.length]) : __("Reject everything that waits");
	frappe.prompt(
		{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
		({ reason }) => call(view, "reject", names.length ? { reason, rows: names } : { reason }),
		title,
		__("Reject")
	);
}

async function call(view, method, args) {
	await frappe.call({ method: `${PATH}.${method}`, args: { change: view.frm.doc.name, ...args }, freeze: true });
	view.frm.reload_doc();
}
