/** Paying a prepayment: the offer is ticked, the provider's page opened; on a trial site this page confirms it itself. */

import { post } from "./core/api.js";
import { h, hidden, pageData } from "./core/dom.js";
import { t } from "./core/texts.js";

const data = pageData("page-data");
const offer = document.getElementById("offer");
const problem = document.getElementById("problem");

/** Run `action` at a click, once at a time; the button says what it does meanwhile. */
function wire(id, busyText, action) {
	const button = document.getElementById(id);
	button?.addEventListener("click", async () => {
		if (button.getAttribute("aria-disabled") === "true") return;
		const label = button.textContent;
		button.setAttribute("aria-disabled", "true");
		button.textContent = busyText;
		problem.replaceChildren();
		try {
			await action();
		} catch (error) {
			const note = h("div.note.danger", { role: "alert", tabindex: "-1" }, h("p", null, error.message));
			problem.replaceChildren(note);
			note.focus();
		} finally {
			button.removeAttribute("aria-disabled");
			button.textContent = label;
		}
	});
}

function demandOffer(wrong) {
	const error = document.getElementById("offer-error");
	document.getElementById("offer-field").classList.toggle("wrong", wrong);
	error.hidden = !wrong;
	error.replaceChildren(...(wrong ? [hidden(`${t("error.word")}: `), t("error.offer")] : []));
	if (wrong) {
		offer.setAttribute("aria-invalid", "true");
		offer.focus();
	} else offer.removeAttribute("aria-invalid");
}

/** Leave for another page; the button stays busy until it is there. */
async function leave(url) {
	window.location.assign(url);
	await new Promise(() => {});
}

offer?.addEventListener("change", () => demandOffer(false));
wire("pay", t("pay.opening"), async () => {
	if (!offer.checked) {
		demandOffer(true);
		return;
	}
	const { url } = await post("payment.start", { token: data.token, offer: data.offer });
	await leave(url);
});
wire("confirm", t("pay.confirming"), async () => {
	await post("payment.notification", { provider: "offline", ...data.notice });
	await leave(window.location.pathname);
});
// Come back by the browser's arrow, the page shows what has happened meanwhile.
window.addEventListener("pageshow", (event) => {
	if (event.persisted) window.location.reload();
});
