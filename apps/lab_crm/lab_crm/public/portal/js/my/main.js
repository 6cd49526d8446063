/** The patient's own pages: sign in, then results, bookings and consents. */

import { get, post } from "../core/api.js";
import { h, pageData, show } from "../core/dom.js";
import { failed, waiting } from "../core/forms.js";
import { t } from "../core/texts.js";
import * as bookings from "./bookings.js";
import * as consents from "./consents.js";
import * as result from "./result.js";
import * as results from "./results.js";
import { signIn } from "./signin.js";

const TABS = { results, bookings, consents };
const data = pageData("page-data");
const host = document.getElementById("app");
const PERSON = "lab.my.patient";

let patients = [];

const params = () => new URLSearchParams(window.location.search);

function link(values) {
	return `/my?${new URLSearchParams(values)}`;
}

/** Go to another view of the page without loading it anew. */
function go(values) {
	window.history.pushState({ inside: true }, "", link(values));
	render();
}

/** An `<a>` that works as a link everywhere and goes on without a reload here. */
function goTo(values, spec, ...children) {
	return h(spec, { href: link(values), onclick: (event) => {
		if (event.metaKey || event.ctrlKey || event.shiftKey) return;
		event.preventDefault();
		go(values);
	} }, children);
}

const person = () => patients.find(({ name }) => name === window.sessionStorage.getItem(PERSON)) || patients[0];

async function render({ quiet = false } = {}) {
	const asked = params();
	const tab = asked.get("result") ? "results" : asked.get("show") || "results";
	const view = asked.get("result") ? result : TABS[tab] || results;
	const body = h("div.stack-l", null, waiting(t("my.loading")));
	const node = h("div.stack-l", null, head(view.title()), personBar(), tabs(tab), body);
	show(host, { title: view.title(), node }, { quiet });
	await fill(view, body, asked);
}

async function fill(view, body, asked) {
	try {
		const content = await view.load({ patient: person().name, person: person(), params: asked, goTo, go });
		body.replaceChildren(content);
	} catch (error) {
		if (!error.code) throw error;
		if (error.status === 401) window.location.reload(); // the session has ended: the page will ask to sign in
		body.replaceChildren(failed(error.message, () => {
			body.replaceChildren(waiting(t("my.loading")));
			fill(view, body, asked);
		}));
	}
}

function head(title) {
	return h("div.person-bar", null, h("h1", null, title),
		h("button.link-button", { type: "button", onclick: signOut }, t("my.sign_out")));
}

function personBar() {
	const select = h("select.input", { id: "person", onchange: (event) => {
		window.sessionStorage.setItem(PERSON, event.target.value);
		go({ show: params().get("show") || "results" });
		document.getElementById("person")?.focus();
	} }, patients.map((each) => h("option", { value: each.name }, called(each))));
	if (patients.length > 1) select.value = person().name;
	return patients.length > 1
		? h("div.field", null, h("label", { for: "person" }, t("my.person")), select)
		: h("p", null, h("b", null, person().full_name));
}

/** The full name; the day of birth tells a father from a son of the same name. */
function called({ full_name: name, birth_date: birth }) {
	const namesakes = patients.filter((each) => each.full_name === name).length > 1;
	return namesakes && birth ? `${name}, ${birth.split("-").reverse().join(".")}` : name;
}

function tabs(current) {
	return h("nav.tabs", { "aria-label": t("my.sections") }, Object.keys(TABS).map((name) => {
		const anchor = goTo({ show: name }, "a", t(`my.${name}`));
		if (name === current) anchor.setAttribute("aria-current", "page");
		return anchor;
	}));
}

async function signOut() {
	await post("portal.sign_out", {});
	window.sessionStorage.clear(); // a shared computer: leave nothing behind
	window.location.assign("/my");
}

async function start() {
	if (!data.signed_in) {
		signIn(host, data);
		return;
	}
	try {
		({ patients } = await get("portal.my_patients"));
	} catch (error) {
		host.replaceChildren(failed(error.message, () => window.location.reload()));
		return;
	}
	window.addEventListener("popstate", () => render());
	render({ quiet: true });
}

start();
