// One app's bundles: every public/**/*.bundle.{js,ts,css,scss} becomes a file of sites/assets/<app>/dist.
import fs from "node:fs";
import path from "node:path";
import esbuild from "esbuild";
import { datepicker } from "./datepicker.mjs";
import { html } from "./html.mjs";
import { NODE_MODULES, entryPoints } from "./layout.mjs";
import { Styles } from "./styles.mjs";
import { vue } from "./vue.mjs";

const SCRIPT = /\.(js|ts|jsx)$/;
const EXTENSION = /\.[a-z]+$/;
const FILES = [".woff", ".woff2", ".ttf", ".eot", ".svg", ".png", ".gif", ".jpg", ".mp3"];

/**
 * Build an app.
 * @param {object} app one of `readApps`
 * @param {object[]} apps all of them: sources may import from another app by its name
 * @param {{assets: string, production: boolean}} options
 * @returns {Promise<{plain: object, mirrored: object, inputs: string[], outputs: string[]}>} `plain` and
 *   `mirrored` map a bundle's name to its URL, as assets.json and assets-rtl.json hold them
 */
export async function buildApp(app, apps, options) {
	const result = { plain: {}, mirrored: {}, inputs: new Set(), outputs: [] };
	const styles = new Styles(apps.map((a) => a.root));
	const shared = sharedOptions(app, apps, options);
	const entries = entryPoints(app);
	const scripts = entries.filter((file) => SCRIPT.test(file));
	const sheets = entries.filter((file) => !SCRIPT.test(file));
	const run = async (files, folder, plugins, map, prefix = "") => {
		if (!files.length) return;
		const names = Object.fromEntries(files.map((file) => [outputName(app, folder, file), file]));
		const { metafile } = await esbuild.build({ ...shared, entryPoints: names, plugins: [assetUrls, ...plugins] });
		record(metafile, options.assets, shared.absWorkingDir, result, map, prefix);
	};
	await run(scripts, "js", [html, datepicker, vue(styles, { production: options.production, nested: styleOptions(shared) }), styles.plugin(false)], result.plain);
	await run(sheets, "css", [styles.plugin(false)], result.plain);
	await run(sheets, "css-rtl", [styles.plugin(true)], result.mirrored, "rtl_");
	for (const file of styles.inputs) result.inputs.add(file);
	return { ...result, inputs: [...result.inputs].sort(), outputs: result.outputs.sort() };
}

// URLs of the web are not files of ours: leave them as they are.
const assetUrls = {
	name: "asset-urls",
	setup(build) {
		build.onResolve({ filter: /^(\/assets\/|\/files\/|https?:|data:)/ }, ({ path: url }) => ({ path: url, external: true }));
		build.onResolve({ filter: /^~/ }, ({ path: name, ...rest }) =>
			build.resolve(name.slice(1), { kind: rest.kind, resolveDir: NODE_MODULES, importer: rest.importer }),
		);
	},
};

function sharedOptions(app, apps, { assets, production }) {
	return {
		absWorkingDir: path.dirname(app.root),
		outdir: assets,
		entryNames: "[dir]/[name].[hash]",
		assetNames: `${app.name}/dist/files/[name].[hash]`,
		bundle: true,
		format: "iife",
		target: ["es2019"],
		sourcemap: true,
		minify: production,
		metafile: true,
		logLevel: "warning",
		legalComments: "none",
		loader: Object.fromEntries(FILES.map((extension) => [extension, "file"])),
		nodePaths: [NODE_MODULES, ...apps.map((a) => path.join(a.root, "node_modules")).filter(fs.existsSync), ...apps.map((a) => a.root)],
		// One library under two names: the older framework imports the original of this fork.
		alias: { "quill-image-resize": "frappe-quill-image-resize" },
		define: {
			"process.env.NODE_ENV": JSON.stringify(production ? "production" : "development"),
			__VUE_OPTIONS_API__: "true",
			__VUE_PROD_DEVTOOLS__: "false",
			__VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
			global: "window",
		},
	};
}

function styleOptions(shared) {
	const { absWorkingDir, nodePaths, minify, logLevel, target } = shared;
	const loader = Object.fromEntries(FILES.map((extension) => [extension, "dataurl"]));
	return { absWorkingDir, nodePaths, minify, logLevel, target, loader, plugins: [assetUrls] };
}

const outputName = (app, folder, file) => path.join(app.name, "dist", folder, path.basename(file).replace(EXTENSION, ""));

function record(metafile, assets, workingDir, result, map, prefix) {
	for (const input of Object.keys(metafile.inputs)) result.inputs.add(path.resolve(workingDir, input));
	for (const [output, info] of Object.entries(metafile.outputs)) {
		const file = path.relative(assets, path.resolve(workingDir, output));
		result.outputs.push(file);
		if (!info.entryPoint) continue;
		const name = path.basename(info.entryPoint).replace(EXTENSION, path.extname(file));
		map[prefix + name] = `/assets/${file}`;
	}
}
