#!/usr/bin/env node
// Build the static assets of a Frappe bench: links to the apps' public folders, bundles, assets.json.
//
//   node build.mjs --sites <sites folder> --apps-dir <apps folder> [--production] [--force]
//
// An app is built again only when something it was made from has changed.
import fs from "node:fs";
import path from "node:path";
import { parse } from "./lib/args.mjs";
import * as layout from "./lib/assets/layout.mjs";
import { Stamp, toolDigest } from "./lib/assets/stamp.mjs";

async function main() {
	const args = parse(process.argv.slice(2), { sites: undefined, appsDir: undefined, production: false, force: false });
	const sites = path.resolve(args.sites);
	const assets = path.join(sites, "assets");
	const apps = layout.readApps(sites, path.resolve(args.appsDir));
	fs.mkdirSync(assets, { recursive: true });
	for (const app of apps) layout.linkPublic(app, assets);
	layout.linkBrowserPackages(assets);

	const stamp = new Stamp(sites, toolDigest({ production: args.production }));
	stamp.keepOnly(apps.map((app) => app.name));
	let built = 0;
	for (const app of apps) built += await buildIfStale(app, apps, { ...args, assets }, stamp);
	writeMaps(apps, assets, stamp);
	// Stale files go last: until the maps name the new ones, pages still ask for the old.
	for (const app of apps) layout.removeStale(app, assets, stamp.apps[app.name].outputs);
	stamp.save();
	console.log(built ? `assets: built ${built} of ${apps.length} apps` : "assets: up to date");
}

async function buildIfStale(app, apps, options, stamp) {
	const entries = layout.entryPoints(app).map((file) => path.relative(app.public, file));
	if (!options.force && stamp.fresh(app.name, entries, options.assets)) return 0;
	const start = Date.now();
	// Loaded only when needed: most runs find nothing to do and should be over at once.
	const { buildApp } = await import("./lib/assets/bundle.mjs");
	stamp.set(app.name, entries, await buildApp(app, apps, options));
	console.log(`assets: ${app.name}: ${entries.length} bundles in ${((Date.now() - start) / 1000).toFixed(1)} s`);
	return 1;
}

function writeMaps(apps, assets, stamp) {
	const names = apps.map((app) => app.name);
	for (const [file, kind] of [["assets.json", "plain"], ["assets-rtl.json", "mirrored"]]) {
		const map = stamp.merged(names, kind);
		const target = path.join(assets, file);
		// The framework takes the file's time as the build's version: an unchanged map must stay untouched.
		if (JSON.stringify(layout.readJson(target, null)) !== JSON.stringify(map)) layout.writeJson(target, map);
	}
}

main().catch((error) => {
	console.error(`assets: ${error.message}`);
	process.exit(1);
});
