// Style sheets: SCSS and CSS → autoprefixer → (for right-to-left languages) rtlcss.
import fs from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import autoprefixer from "autoprefixer";
import postcss from "postcss";
import rtlcss from "rtlcss";
import * as sass from "sass";
import { NODE_MODULES } from "./layout.mjs";

// `@import "~bootstrap/scss/bootstrap"` is a package; sass itself does not know the tilde.
const tilde = {
	findFileUrl: (url) => (url.startsWith("~") ? pathToFileURL(path.join(NODE_MODULES, url.slice(1))) : null),
};

/** A compiler of style sheets; it remembers what it compiled and every file it read (`inputs`). */
export class Styles {
	/** @param {string[]} loadPaths folders that `@import` searches */
	constructor(loadPaths) {
		this.options = {
			loadPaths: [NODE_MODULES, ...loadPaths],
			importers: [tilde],
			// The framework's SCSS is of the @import age; its deprecations are not ours to mend.
			quietDeps: true,
			logger: sass.Logger.silent,
		};
		this.inputs = new Set();
		this.compiled = new Map();
	}

	/** The CSS of a style sheet. Each is compiled once, though it is asked for twice (plain and mirrored). */
	async css(file) {
		if (!this.compiled.has(file)) this.compiled.set(file, this.#compile(file));
		return this.compiled.get(file);
	}

	async #compile(file) {
		if (file.endsWith(".css")) return fs.readFile(file, "utf8");
		return this.#note(sass.compile(file, this.options));
	}

	/** Compile SCSS text as if it stood in `file` (a style block of a Vue component). */
	text(scss, file) {
		const loadPaths = [path.dirname(file), ...this.options.loadPaths];
		return this.#note(sass.compileString(scss, { ...this.options, loadPaths }));
	}

	#note(result) {
		for (const url of result.loadedUrls) if (url.protocol === "file:") this.inputs.add(fileURLToPath(url));
		return result.css;
	}

	/** esbuild plugin for style sheets. @param {boolean} mirrored make the right-to-left variant */
	plugin(mirrored) {
		const chain = postcss(mirrored ? [rtlcss, autoprefixer] : [autoprefixer]);
		return {
			name: mirrored ? "styles-rtl" : "styles",
			setup: (build) => {
				build.onLoad({ filter: /\.(css|scss|sass)$/ }, async ({ path: file }) => {
					const { css } = await chain.process(await this.css(file), { from: file, map: false });
					return { contents: css, loader: "css", resolveDir: path.dirname(file) };
				});
			},
		};
	}
}
