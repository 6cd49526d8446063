/** The booking wizard: one question a page, every page an address, so Back, reload and bookmarks work. */

import { h, pageData, show } from "../core/dom.js";
import { errorSummary } from "../core/forms.js";
import { t } from "../core/texts.js";
import * as check from "./check.js";
import * as contact from "./contact.js";
import * as place from "./place.js";
import * as services from "./services.js";
import { STEPS, book, firstMissing, rememberSource, setBranch } from "./state.js";
import * as time from "./time.js";
import * as wait from "./wait.js";
import * as who from "./who.js";

const views = { services, place, time, who, contact, check, wait, joined: wait.joined };
const BESIDE = { wait: "time" }; // a view that belongs to a step
const data = pageData("page-data");
const host = document.getElementById("app");
const required = data.consents.filter((form) => form.required).map((form) => form.purpose);

const params = () => new URLSearchParams(window.location.search);

function address(step, from) {
	const search = new URLSearchParams({ step });
	if (from) search.set("from", from);
	return `${window.location.pathname}?${search}`;
}

/** The step of the address, or an earlier one when it lacks answers. */
function wanted() {
	const asked = params().get("step");
	const possible = firstMissing(book.state, required);
	if (asked === "joined") return book.state.joined && asked;
	if (BESIDE[asked]) return STEPS.indexOf(BESIDE[asked]) <= STEPS.indexOf(possible) ? asked : null;
	return STEPS.includes(asked) && STEPS.indexOf(asked) <= STEPS.indexOf(possible) ? asked : null;
}

/**
 * Go to a step. `errors` [{id, text, part?}] are shown on it; with `from` the step returns there when it is done.
 */
function go(step, { replace = false, errors = [], from } = {}) {
	window.history[replace ? "replaceState" : "pushState"]({ inside: !replace }, "", address(step, from));
	render(step, { errors });
}

/** After a step is done: back to where the change was asked from, else on. */
function next(step) {
	const missing = firstMissing(book.state, required);
	const from = params().get("from");
	const following = STEPS[STEPS.indexOf(step) + 1];
	if (from === "check" && missing === "check") go("check");
	else go(skipPlace(STEPS.indexOf(missing) < STEPS.indexOf(following) ? missing : following));
}

function skipPlace(step) {
	if (step !== "place" || data.branches.length !== 1) return step;
	setBranch(data.branches[0].name);
	return "time";
}

function backLink(step) {
	const i = STEPS.indexOf(BESIDE[step] || step);
	if (i === 0) return h("a.back", { href: "/" }, t("back"));
	const before = BESIDE[step] ? BESIDE[step] : data.branches.length === 1 && STEPS[i - 1] === "place" ? STEPS[i - 2] : STEPS[i - 1];
	return h("a.back", { href: address(before), onclick: (event) => {
		event.preventDefault();
		if (window.history.state?.inside) window.history.back();
		else go(before, { replace: true });
	} }, t("back"));
}

function render(step, { errors = [], quiet = false } = {}) {
	const view = views[step].render({ data, go, next: () => next(BESIDE[step] || step), errors });
	const summary = errorSummary(errors);
	const node = h("div.stack-l", null,
		!view.isLast && h("div", null,
			backLink(step),
			h("p.step-no", null, t("book.step", { n: STEPS.indexOf(BESIDE[step] || step) + 1, of: STEPS.length }))),
		summary,
		h("h1", null, view.title),
		view.node);
	const title = errors.length ? t("error.page_title", { title: view.title }) : view.title;
	show(host, { title, node, focus: summary || view.focus }, { quiet });
}

function open({ quiet }) {
	const step = wanted();
	if (step) render(step, { quiet });
	else {
		const missing = params().get("step") ? firstMissing(book.state, required) : "services";
		go(skipPlace(missing), { replace: true });
	}
}

async function start() {
	rememberSource(window.location.search);
	const asked = params();
	if (data.branches.some(({ name }) => name === asked.get("branch"))) setBranch(asked.get("branch"));
	if (asked.get("services")) await services.preselect(asked.get("services").split(","));
	window.addEventListener("popstate", () => open({ quiet: false }));
	open({ quiet: true });
}

start();
