/** Building the page without HTML strings: whatever a patient or the server says is text, never markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 * @param {string} spec tag and classes: "button.button.second"
 * @param {object} [props] attributes; `on…` functions become listeners, true an empty attribute, false and null nothing
 * @param {...(Node|string|number|null|false|Array)} children
 * @returns {HTMLElement}
 */
export function h(spec, props, ...children) {
	const [tag, ...classes] = spec.split(".");
	const node = document.createElement(tag);
	if (classes.length) node.className = classes.join(" ");
	return fill(node, props, children);
}

/** Make an SVG element; arguments as `h`. */
export function svg(tag, props, ...children) {
	return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(node, props, children) {
	for (const [name, value] of Object.entries(props || {})) {
		if (value === false || value == null) continue;
		if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
		else if (name === "value" || name === "checked") node[name] = value;
		else node.setAttribute(name, value === true ? "" : value);
	}
	node.append(...children.flat(3).filter((child) => child !== false && child != null).map((child) =>
		child instanceof Node ? child : String(child)));
	return node;
}

/** Text for screen readers only. */
export const hidden = (text) => h("span.vh", null, text);

/** Read what the server put on the page as JSON. */
export function pageData(id) {
	const holder = document.getElementById(id);
	return holder ? JSON.parse(holder.textContent) : {};
}

/**
 * Show a new view inside `host` and tell everybody: window title, focus on the heading (or on `focus`), top of the page.
 * @param {HTMLElement} host
 * @param {{title: string, node: Node, focus?: HTMLElement}} view
 * @param {{quiet?: boolean}} [options] quiet: the first view of a page, where the browser has told it already
 */
export function show(host, view, { quiet = false } = {}) {
	host.replaceChildren(view.node);
	document.title = `${view.title} — ${document.body.dataset.site}`;
	if (quiet && !view.focus) return;
	const target = view.focus || host.querySelector("h1");
	if (!target) return;
	if (!target.hasAttribute("tabindex") && !target.matches("a,button,input,select,textarea")) target.tabIndex = -1;
	window.scrollTo(0, 0);
	target.focus({ preventScroll: !view.focus });
}

/** Say something to screen readers without moving the focus. */
export function announce(text) {
	const live = document.getElementById("live");
	live.textContent = "";
	window.setTimeout(() => {
		live.textContent = text;
	}, 60);
}

/** Put off `action` until nothing happened for `ms`. */
export function debounce(action, ms) {
	let timer = 0;
	return (...args) => {
		window.clearTimeout(timer);
		timer = window.setTimeout(() => action(...args), ms);
	};
}
