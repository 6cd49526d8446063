// An analyte over the years, on the patient's card. It lives apart because patients know nothing of results.

frappe.ui.form.on("Patient", {
	refresh(frm) {
		const field = frm.get_field("trends");
		if (!field?.$wrapper) return;
		// One look at a card is one: a refresh of the same card draws and logs nothing anew.
		if (frm.trends_of === frm.doc.name) return;
		frm.trends_of = frm.doc.name;
		frm.trend_chart?.destroy();
		frm.trend_chart = null;
		field.$wrapper.empty();
		if (frm.is_new() || !may_see_values()) return;
		when_seen(field.$wrapper[0], () => choose_analyte(frm, field.$wrapper));
	},
});

// Values of results are medical: those who do not see the patient's medical fields are not asked for them.
function may_see_values() {
	return frappe.perm.has_perm("Patient", 1, "read") && frappe.model.can_read("Lab Result");
}

// A chart drawn on a tab that is not open would have no width; and nobody is logged as a reader before.
function when_seen(element, draw) {
	element.style.minHeight = "1px";
	const seen = new IntersectionObserver((entries) => {
		if (!entries.some((entry) => entry.isIntersecting)) return;
		seen.disconnect();
		draw();
	}, { rootMargin: "1000px" });
	seen.observe(element);
}

async function choose_analyte(frm, wrapper) {
	const patient = frm.doc.name;
	const found = await ask("analytes", { patient });
	if (frm.doc.name !== patient) return; // another card was opened meanwhile
	wrapper.empty();
	if (!found.length) {
		$("<p class='text-muted'>").text(__("There are no results with numbers yet.")).appendTo(wrapper);
		return;
	}
	const label = $("<label class='control-label' for='trend-analyte'>").text(__("Analyte"));
	const select = $("<select class='form-control mb-3' id='trend-analyte' style='max-width: 420px'>");
	for (const { analyte, title, count, latest } of found) {
		const text = __("{0} · values: {1}, the latest {2}", [title, count, latest]);
		select.append($("<option>").val(analyte).text(text));
	}
	const place = $("<div class='trend-place'>");
	wrapper.append(label, select, place);
	const show = async () => draw(frm, place, await ask("history", { patient, analyte: select.val() }));
	select.on("change", show);
	await show();
}

function ask(method, args) {
	return frappe.call({ method: `lab_crm.laboratory.trend_chart.${method}`, type: "GET", args }).then((answer) => answer.message);
}

function draw(frm, place, trend) {
	frm.trend_chart?.destroy();
	frm.trend_chart = null;
	place.empty();
	if (trend.points.length > 1) frm.trend_chart = draw_chart(place, trend);
	else $("<p class='text-muted'>").text(__("There is one value so far: a chart needs two.")).appendTo(place);
	draw_table(place, trend);
	if (!trend.left_out.length) return;
	const days = trend.left_out.map(({ day, text }) => `${text} (${day})`).join(", ");
	$("<p class='text-muted small'>")
		.text(__("Not on the chart, because the unit cannot be converted: {0}", [days]))
		.appendTo(place);
}

function draw_chart(place, { title, unit, low, high, points }) {
	const element = $("<div class='trend-chart'>").appendTo(place);
	const name = unit ? `${title}, ${unit}` : title;
	return new frappe.Chart(element[0], {
		type: "line",
		height: 260,
		colors: ["#1b6ec2"],
		title: name,
		data: {
			// The sign beside the date says what is outside the interval, without colour.
			labels: points.map(({ day, sign }) => (sign ? `${day} ${sign}` : day)),
			datasets: [{ name, values: points.map(({ value }) => value) }],
			...band(low, high),
		},
		lineOptions: { dotSize: 5, showDots: 1, hideDots: 0 },
		axisOptions: { xIsSeries: points.length > 8 ? 1 : 0, xAxisMode: "tick" },
		tooltipOptions: {
			formatTooltipY: (value) => {
				const point = points.find((one) => one.value === value);
				return point ? [point.text, point.sign, point.meaning].filter(Boolean).join(" ") : value;
			},
		},
	});
}

function band(low, high) {
	const label = __("Reference Interval");
	if (low !== null && high !== null) return { yRegions: [{ label, start: low, end: high, options: { labelPos: "left" } }] };
	const value = low ?? high;
	if (value === null) return {};
	const sign = low === null ? "≤" : "≥";
	return { yMarkers: [{ label: `${label} ${sign} ${format_number(value, null, 2)}`, value, options: { labelPos: "left" } }] };
}

function draw_table(place, { unit, points }) {
	const table = $("<table class='table table-bordered table-sm small'>").appendTo(place);
	const words = [__("Date"), unit ? __("Value, {0}", [unit]) : __("Value"), __("Reference Interval"), __("Result")];
	const head = $("<tr>").appendTo($("<thead>").appendTo(table));
	words.forEach((word) => head.append($("<th scope='col'>").text(word)));
	const body = $("<tbody>").appendTo(table);
	for (const { day, text, sign, meaning, reference, received, result } of [...points].reverse()) {
		const value = $("<td>").append($(sign ? "<b>" : "<span>").text([text, sign].filter(Boolean).join(" ")));
		if (meaning) value.append($("<span class='text-muted'>").text(` ${meaning}`));
		if (received) value.append($("<div class='text-muted'>").text(__("in the result: {0}", [received])));
		const link = $("<a>").attr("href", frappe.utils.get_form_link("Lab Result", result)).text(result);
		body.append($("<tr>").append($("<td>").text(day), value, $("<td>").text(reference), $("<td>").append(link)));
	}
}
