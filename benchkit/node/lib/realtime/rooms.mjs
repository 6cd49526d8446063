// The protocol of the framework's client: what it may say, and which rooms that puts it into.
// Room names must match frappe/realtime.py, which publishes to them.

export const rooms = {
	// System users of the site
	site: () => "all",
	// Every signed-in visitor
	website: () => "website",
	user: (user) => `user:${user}`,
	doctype: (doctype) => `doctype:${doctype}`,
	doc: (doctype, name) => `doc:${doctype}/${name}`,
	// Those who have the document's form open; only this server writes to it
	viewers: (doctype, name) => `open_doc:${doctype}/${name}`,
	task: (id) => `task_progress:${id}`,
};

/** Put a confirmed socket into its own rooms and answer what it asks. @param {import("./web.mjs").Web} web */
export function serve(socket, web) {
	socket.join([rooms.user(socket.data.user), rooms.website()]);
	if (socket.data.userType === "System User") socket.join(rooms.site());
	socket.on("ping", () => socket.emit("pong"));
	serveTasks(socket);
	serveDoctypes(socket, web);
	serveDocs(socket, web);
	serveViewers(socket, web);
}

function serveTasks(socket) {
	// A task's id is a random secret of the one who started it: knowing it is the permission.
	for (const event of ["task_subscribe", "progress_subscribe"]) on(socket, event, 1, (id) => socket.join(rooms.task(id)));
	on(socket, "task_unsubscribe", 1, (id) => socket.leave(rooms.task(id)));
}

function serveDoctypes(socket, web) {
	on(socket, "doctype_subscribe", 1, async (doctype) => {
		if (await web.mayReadDoctype(socket, doctype)) socket.join(rooms.doctype(doctype));
	});
	on(socket, "doctype_unsubscribe", 1, (doctype) => socket.leave(rooms.doctype(doctype)));
}

function serveDocs(socket, web) {
	on(socket, "doc_subscribe", 2, async (doctype, name) => {
		if (await web.mayReadDoc(socket, doctype, name)) socket.join(rooms.doc(doctype, name));
	});
	on(socket, "doc_unsubscribe", 2, (doctype, name) => socket.leave(rooms.doc(doctype, name)));
}

/** "Who else has this form open": kept by rooms alone, announced on open, close and a lost connection. */
function serveViewers(socket, web) {
	const open = new Map();
	on(socket, "doc_open", 2, async (doctype, name) => {
		if (!(await web.mayReadDoc(socket, doctype, name)) || !socket.connected) return;
		open.set(rooms.viewers(doctype, name), [doctype, name]);
		socket.join(rooms.viewers(doctype, name));
		announceViewers(socket, doctype, name);
	});
	on(socket, "doc_close", 2, (doctype, name) => {
		if (!open.delete(rooms.viewers(doctype, name))) return;
		socket.leave(rooms.viewers(doctype, name));
		announceViewers(socket, doctype, name);
	});
	socket.on("disconnect", () => open.forEach(([doctype, name]) => announceViewers(socket, doctype, name)));
}

function announceViewers(socket, doctype, docname) {
	const room = rooms.viewers(doctype, docname);
	const ids = [...(socket.nsp.adapter.rooms.get(room) ?? [])];
	const users = new Set(ids.map((id) => socket.nsp.sockets.get(id)?.data.user).filter(Boolean));
	// To be told of oneself is no news.
	if (users.size === 1 && users.has(socket.data.user)) return;
	socket.nsp.to(room).emit("doc_viewers", { doctype, docname, users: [...users] });
}

/** Listen to an event of `count` names; anything else a client may send under that event is ignored. */
function on(socket, event, count, handler) {
	socket.on(event, (...args) => {
		const names = args.slice(0, count).map((arg) => (typeof arg === "number" ? String(arg) : arg));
		if (names.length === count && names.every((name) => typeof name === "string" && name && name.length <= 280)) {
			return handler(...names);
		}
	});
}
