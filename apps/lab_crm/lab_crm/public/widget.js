/**
 * The booking form on a clinic's own page:
 *
 *   <script src="https://lab.example.ru/assets/lab_crm/widget.js" data-branch="TVER" async></script>
 *
 * The form appears where the script stands. Its page must be among the sites that the branch allows. Optional:
 * `data-services="OAK,TSH"` (chosen already), `data-call-id` (of the call tracking), `data-utm-source` and the other marks
 * (else those of the page's own address), `data-target="#id"` (another place for the form).
 *
 * `labCrmBooking.setSource({call_id: "…"})` tells marks that become known later. The element of the form fires
 * `lab_crm:booked` when a booking is made; its `detail` holds the number of the booking and nothing of the patient.
 *
 * No cookies, no storage, nothing of the host page is read but its address.
 */
(() => {
	const script = document.currentScript;
	if (!script) return;
	const NAME = "lab_crm";
	const MARKS = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "call_id"];
	const LONGEST = 140;
	const PATIENCE = 5000; // ms after the frame has loaded
	const home = new URL(script.src).origin;
	const { dataset } = script;

	const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

	function marks() {
		const here = new URLSearchParams(window.location.search);
		const found = MARKS.map((name) => [name, dataset[camel(name)] || here.get(name)]);
		return found.filter(([, value]) => value).map(([name, value]) => [name, value.slice(0, LONGEST)]);
	}

	function address() {
		const search = new URLSearchParams({ embed: window.location.origin, channel: dataset.channel || "Widget" });
		if (dataset.branch) search.set("branch", dataset.branch);
		if (dataset.services) search.set("services", dataset.services);
		for (const [name, value] of marks()) search.set(name, value);
		return `${home}/book?${search}`;
	}

	const frame = document.createElement("iframe");
	frame.src = address();
	frame.referrerPolicy = "origin";
	frame.style.cssText = "display:block;width:100%;height:600px;border:0;color-scheme:light";
	let ready = false;

	const tell = (message) => frame.contentWindow?.postMessage({ from: NAME, ...message }, home);

	/** Where the visible part of the form ends: what sticks to the bottom of a screen must stick there. */
	function tellView() {
		const { top, height } = frame.getBoundingClientRect();
		tell({ type: "view", hidden: Math.max(0, Math.round(top + height - window.innerHeight)) });
	}

	const heard = {
		ready({ title }) {
			ready = true;
			frame.title = String(title);
			tellView();
		},
		height({ height }) {
			if (!(height > 0)) return;
			frame.style.height = `${Math.ceil(height)}px`;
			tellView();
		},
		top() {
			if (frame.getBoundingClientRect().top < 0) frame.scrollIntoView();
		},
		booked({ booking }) {
			frame.dispatchEvent(new CustomEvent("lab_crm:booked", { bubbles: true, detail: { booking: String(booking) } }));
		},
	};

	window.addEventListener("message", ({ source, origin, data }) => {
		if (source !== frame.contentWindow || origin !== home || data?.from !== NAME) return;
		if (Object.hasOwn(heard, data.type)) heard[data.type](data);
	});

	let asked = 0;
	const follow = () => {
		window.cancelAnimationFrame(asked);
		asked = window.requestAnimationFrame(tellView);
	};
	window.addEventListener("scroll", follow, { passive: true });
	window.addEventListener("resize", follow);

	/** The form did not come (this page is not among the allowed ones, or the site is down): a plain link is left. */
	function giveUp() {
		if (ready || !frame.isConnected) return;
		const link = document.createElement("a");
		link.href = `${home}/book${dataset.branch ? `?branch=${encodeURIComponent(dataset.branch)}` : ""}`;
		link.textContent = dataset.link || link.href;
		frame.replaceWith(link);
	}
	frame.addEventListener("load", () => window.setTimeout(giveUp, PATIENCE));

	const others = window.labCrmBooking;
	window.labCrmBooking = {
		setSource(source) {
			others?.setSource(source);
			const known = MARKS.filter((name) => typeof source[name] === "string");
			tell({ type: "source", source: Object.fromEntries(known.map((name) => [name, source[name].slice(0, LONGEST)])) });
		},
	};

	const target = dataset.target && document.querySelector(dataset.target);
	if (target) target.append(frame);
	else script.after(frame);
})();
