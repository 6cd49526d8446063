// Where things are: the apps' public folders (read only) and sites/assets (ours to write).
import fs from "node:fs";
import path from "node:path";
import glob from "fast-glob";

export const TOOL_DIR = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "../..");
export const NODE_MODULES = path.join(TOOL_DIR, "node_modules");
const MANIFEST = JSON.parse(fs.readFileSync(path.join(TOOL_DIR, "package.json"), "utf8"));

// Names under public/ that the build makes itself; a checkout built by other tools may have them too.
const OURS = new Set(["dist", "node_modules"]);

/**
 * The apps of the bench, in the order of sites/apps.txt.
 * @returns {{name: string, root: string, public: string}[]} `root` is the checkout, `public` its static folder
 * @throws {Error} when apps.txt names an app that is not there
 */
export function readApps(sites, appsDir) {
	const names = fs.readFileSync(path.join(sites, "apps.txt"), "utf8").split(/\s+/).filter(Boolean);
	return names.map((name) => {
		const root = path.join(appsDir, name);
		if (!fs.existsSync(path.join(root, name))) throw new Error(`apps.txt names ${name}, but ${root}/${name} is missing`);
		return { name, root, public: path.join(root, name, "public") };
	});
}

/**
 * Make sites/assets/<app> a real folder whose entries link to the entries of the app's public folder.
 * One link to the whole folder would be simpler, but then the bundles would have to be written into the
 * app's own tree, and a framework given by path may be read-only or under somebody else's version control.
 */
export function linkPublic(app, assets) {
	const target = path.join(assets, app.name);
	if (isLink(target)) fs.unlinkSync(target);
	fs.mkdirSync(target, { recursive: true });
	const entries = fs.existsSync(app.public) ? fs.readdirSync(app.public).filter((e) => !OURS.has(e) && !e.startsWith(".")) : [];
	for (const entry of fs.readdirSync(target)) {
		if (!OURS.has(entry) && !entries.includes(entry)) fs.rmSync(path.join(target, entry), { recursive: true });
	}
	for (const entry of entries) setLink(path.join(app.public, entry), path.join(target, entry));
}

/**
 * Pages load a few libraries by their own URL (/assets/frappe/node_modules/<package>/…). Only these are
 * linked, so that the web serves no build tools.
 */
export function linkBrowserPackages(assets) {
	const folder = path.join(assets, "frappe", "node_modules");
	if (isLink(folder)) fs.unlinkSync(folder);
	fs.mkdirSync(folder, { recursive: true });
	for (const name of fs.readdirSync(folder)) {
		if (!MANIFEST.browserPackages.includes(name)) fs.rmSync(path.join(folder, name), { recursive: true });
	}
	for (const name of MANIFEST.browserPackages) setLink(path.join(NODE_MODULES, name), path.join(folder, name));
}

/** The entry points of an app, sorted: the order must not depend on the disk. */
export function entryPoints(app) {
	return glob
		.sync("**/*.bundle.{js,ts,jsx,css,sass,scss}", {
			cwd: app.public,
			ignore: ["node_modules/**", "dist/**"],
			absolute: true,
		})
		.sort();
}

/** Remove the files of a `dist` folder that the last build did not make. */
export function removeStale(app, assets, outputs) {
	const keep = new Set(outputs);
	const dist = path.join(assets, app.name, "dist");
	for (const file of glob.sync("**/*", { cwd: dist, absolute: true })) {
		if (!keep.has(path.relative(assets, file))) fs.rmSync(file);
	}
}

/** Write `value` as JSON in one step, so that a reader never sees half a file. */
export function writeJson(file, value) {
	const draft = `${file}.${process.pid}.tmp`;
	fs.writeFileSync(draft, JSON.stringify(value, null, "\t") + "\n");
	fs.renameSync(draft, file);
}

/** The JSON in `file`, or `fallback` when the file is missing or broken. */
export function readJson(file, fallback) {
	try {
		return JSON.parse(fs.readFileSync(file, "utf8"));
	} catch {
		return fallback;
	}
}

const isLink = (file) => fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

function setLink(target, link) {
	const stat = fs.lstatSync(link, { throwIfNoEntry: false });
	if (stat?.isSymbolicLink() && fs.readlinkSync(link) === target) return;
	if (stat) fs.rmSync(link, { recursive: true });
	fs.symlinkSync(target, link);
}
