// The server: events of the Redis channel go to socket.io rooms, one namespace a site.
import http from "node:http";
import { createClient } from "@redis/client";
import { Server } from "socket.io";
import { serve } from "./rooms.mjs";
import { Web, trustedOrigin } from "./web.mjs";

const CHANNEL = "events";
const LONGEST_PAUSE_MS = 3000;
const ANY_SITE = /^\/[\w.-]+$/;

/**
 * Start the server.
 * @param {{host: string, port: number, redis: string, web: string, site: string | null}} config
 *   `site`: serve this site alone (when the web answers for one site whatever it is asked)
 * @returns {Promise<{port: number, close: () => Promise<void>}>}
 */
export async function start({ host, port, redis, web, site }) {
	const subscriber = createSubscriber(redis);
	const server = http.createServer((request, response) => answer(request, response, subscriber));
	const io = new Server(server, {
		// Any origin may read the handshake; `allowRequest` lets only our own host's pages make one.
		cors: { origin: true, credentials: true },
		allowRequest: (request, done) => done(null, trustedOrigin(request.headers)),
		cleanupEmptyChildNamespaces: true,
		// Clients send names, never data.
		maxHttpBufferSize: 16 * 1024,
		serveClient: false,
	});
	const namespaces = site ? new RegExp(`^/${site.replace(/[^\w-]/g, "\\$&")}$`) : ANY_SITE;
	serveSites(io.of(namespaces), new Web(web));
	// Not awaited: while Redis is away the client keeps trying, and /health says so.
	connect(subscriber, (event) => deliver(io, namespaces, event));
	await new Promise((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
	return {
		port: server.address().port,
		close: async () => {
			subscriber.destroy();
			await io.close();
		},
	};
}

function serveSites(sites, web) {
	sites.use(async (socket, next) => {
		try {
			Object.assign(socket.data, await web.user(socket));
			next();
		} catch (error) {
			next(new Error(`Unauthorized: ${error.message}`));
		}
	});
	sites.on("connection", (socket) => serve(socket, web));
}

/**
 * Pass an event of the framework on: `{namespace, room, event, message}`. Without a room it is for nobody.
 * Only names of the served pattern may reach `io.of`: it makes a missing namespace, and one made outside of
 * the pattern would let everybody in.
 */
function deliver(io, namespaces, raw) {
	let event;
	try {
		event = JSON.parse(raw);
	} catch {
		console.error("realtime: an event is not JSON; dropped");
		return;
	}
	const namespace = `/${event?.namespace}`;
	if (namespaces.test(namespace) && event.room && event.event) {
		io.of(namespace).to(event.room).emit(event.event, event.message);
	}
}

function createSubscriber(url) {
	const reconnectStrategy = (tries) => Math.min(100 * 2 ** Math.min(tries, 10), LONGEST_PAUSE_MS);
	const client = createClient({ url, socket: { reconnectStrategy } });
	let last = "";
	// One line a kind of trouble, not one a try.
	client.on("error", ({ message }) => {
		if (message !== last) console.error(`realtime: redis: ${(last = message)}`);
	});
	client.on("ready", () => (last = ""));
	return client;
}

async function connect(subscriber, listener) {
	try {
		await subscriber.connect();
		await subscriber.subscribe(CHANNEL, listener);
	} catch (error) {
		console.error(`realtime: redis: ${error.message}`);
	}
}

function answer(request, response, subscriber) {
	const healthy = subscriber.isReady;
	const status = request.url !== "/health" ? 404 : healthy ? 200 : 503;
	response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify({ redis: healthy }));
}
