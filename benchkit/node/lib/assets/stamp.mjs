// What the last build was made from: an app whose inputs are the same is not built again.
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import glob from "fast-glob";
import { NODE_MODULES, TOOL_DIR, readJson, writeJson } from "./layout.mjs";

const digest = (data) => crypto.createHash("sha256").update(data).digest("hex").slice(0, 32);

/** A hash of the tool itself and of the options: a change of either makes every app stale. */
export function toolDigest(options) {
	const files = glob.sync(["build.mjs", "lib/**/*.mjs", "package-lock.json"], { cwd: TOOL_DIR, absolute: true }).sort();
	return digest(JSON.stringify([options, ...files.map((file) => fs.readFileSync(file, "utf8"))]));
}

/** Hashes of the files a build read, by path. Packages are left out: the lock file speaks for them. */
export function inputDigests(files) {
	const own = files.filter((file) => !file.startsWith(NODE_MODULES + path.sep));
	return Object.fromEntries(own.map((file) => [file, fileDigest(file)]));
}

const fileDigest = (file) => (fs.existsSync(file) ? digest(fs.readFileSync(file)) : null);

/** The record of the last builds, kept beside the assets but outside of what the web serves. */
export class Stamp {
	constructor(sites, tool) {
		this.file = path.join(sites, ".assets-build.json");
		const last = readJson(this.file, {});
		this.tool = tool;
		this.apps = last.tool === tool ? (last.apps ?? {}) : {};
	}

	/** Whether `app` would come out as it is: same entry points, same contents read, every output in place. */
	fresh(app, entries, assets) {
		const last = this.apps[app];
		return (
			last !== undefined &&
			JSON.stringify(last.entries) === JSON.stringify(entries) &&
			last.outputs.every((file) => fs.existsSync(path.join(assets, file))) &&
			Object.entries(last.inputs).every(([file, hash]) => fileDigest(file) === hash)
		);
	}

	/** Note a finished build of `app`. */
	set(app, entries, built) {
		const { plain, mirrored, outputs } = built;
		this.apps[app] = { entries, inputs: inputDigests(built.inputs), outputs, plain, mirrored };
	}

	/** Forget apps that are no longer in the bench. */
	keepOnly(names) {
		for (const name of Object.keys(this.apps)) if (!names.includes(name)) delete this.apps[name];
	}

	save() {
		writeJson(this.file, { tool: this.tool, apps: this.apps });
	}

	/** The merged map of all apps, later apps first in rank. @param {"plain" | "mirrored"} kind */
	merged(names, kind) {
		return Object.assign({}, ...names.map((name) => this.apps[name]?.[kind] ?? {}));
	}
}
