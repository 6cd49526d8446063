#!/usr/bin/env node
// Realtime server of a Frappe bench.
//
//   node realtime.mjs --port 8001 --redis redis://127.0.0.1:6380 --web http://127.0.0.1:8000 [--host …] [--site …]
//
// Each argument may come from the environment instead: REALTIME_PORT, REALTIME_REDIS, REALTIME_WEB, REALTIME_HOST,
// REALTIME_SITE. GET /health answers 200 when events flow, 503 while Redis is away.
import { parse } from "./lib/args.mjs";
import { start } from "./lib/realtime/server.mjs";

const env = process.env;
try {
	const args = parse(process.argv.slice(2), {
		port: env.REALTIME_PORT,
		redis: env.REALTIME_REDIS,
		web: env.REALTIME_WEB,
		host: env.REALTIME_HOST ?? "127.0.0.1",
		site: env.REALTIME_SITE ?? null,
	});
	const server = await start({ ...args, port: Number(args.port) });
	console.log(`realtime: listening on ${args.host}:${server.port}`);
	for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => server.close().then(() => process.exit(0)));
} catch (error) {
	console.error(`realtime: ${error.message}`);
	process.exit(1);
}
