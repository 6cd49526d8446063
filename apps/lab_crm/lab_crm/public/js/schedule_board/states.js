// How a booking's status looks without colour: a sign, a pattern (the class) and its word.

export const STATES = {
	Held: { sign: "?", css: "held" },
	Booked: { sign: "○", css: "booked" },
	Confirmed: { sign: "✓", css: "confirmed" },
	"Checked In": { sign: "●", css: "arrived" },
	Completed: { sign: "■", css: "completed" },
	"No Show": { sign: "✕", css: "missed" },
};

export const OMS = "OMS";

/** @returns {string} HTML of the legend: each state as its blocks look. */
export function legend() {
	const keys = Object.entries(STATES).map(([status, { sign, css }]) => key(css, sign, __(status)));
	keys.unshift(key("free", "", __("Free")));
	keys.push(key("kept", "", __("Kept for OMS")));
	keys.push(key("taken", "", __("Taken")), `<span class="lab-key"><b class="lab-oms">${__(OMS)}</b>${__("Funded by OMS")}</span>`);
	return keys.join("");
}

function key(css, sign, word) {
	return `<span class="lab-key"><i class="lab-sample lab-${css}">${sign}</i>${word}</span>`;
}
