/** Shows the laboratory's notifications while its pages are closed, and tells the server that they have arrived. */

const HOME = "/my";

self.addEventListener("push", (event) => {
	event.waitUntil(tell(event.data?.json()));
});

async function tell({ title, body, tag, url, report }) {
	const icon = "/assets/lab_crm/portal/icon.svg";
	await self.registration.showNotification(title, { body, tag, icon, lang: "ru", data: { url: own(url) } });
	// Only now: without this word the laboratory writes by another way.
	if (report) await fetch(own(report), { method: "POST", credentials: "omit" });
}

/** The address on this site, whatever name the server knows itself by. */
function own(url) {
	if (!url) return HOME;
	const { pathname, search } = new URL(url, self.location.origin);
	return pathname + search;
}

self.addEventListener("notificationclick", (event) => {
	event.notification.close();
	event.waitUntil(self.clients.openWindow(event.notification.data.url));
});
