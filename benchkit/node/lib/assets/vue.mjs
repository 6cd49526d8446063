// Vue single-file components → one JavaScript module each.
import crypto from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { compileScript, compileStyleAsync, compileTemplate, parse } from "@vue/compiler-sfc";
import esbuild from "esbuild";

/**
 * esbuild plugin for .vue files.
 * @param {import("./styles.mjs").Styles} styles
 * @param {{production: boolean, nested: object}} options `nested`: esbuild options for the components' styles
 */
export const vue = (styles, options) => ({
	name: "vue",
	setup(build) {
		build.onLoad({ filter: /\.vue$/ }, async ({ path: file }) => {
			const { descriptor, errors } = parse(await fs.readFile(file, "utf8"), { filename: file });
			if (errors.length) return { errors: errors.map((e) => ({ text: e.message })) };
			const component = new Component(descriptor, file, options.production);
			const css = await componentCss(component, styles, options.nested);
			return { contents: component.module(css), loader: component.loader, resolveDir: path.dirname(file) };
		});
	},
});

class Component {
	constructor(descriptor, file, production) {
		this.descriptor = descriptor;
		this.file = file;
		this.production = production;
		// The id ties scoped styles to the markup. From the name inside the app, not the whole path: the same
		// sources give the same bundles wherever the bench stands.
		const inApp = file.split("/public/").pop();
		this.id = crypto.createHash("sha256").update(inApp).digest("hex").slice(0, 8);
		this.scoped = descriptor.styles.some((style) => style.scoped);
	}

	get loader() {
		return [this.descriptor.script, this.descriptor.scriptSetup].some((s) => s?.lang === "ts") ? "ts" : "js";
	}

	module(css) {
		const lines = [this.#script()];
		if (this.scoped) lines.push(`component.__scopeId = "data-v-${this.id}";`);
		// A component brings its style along: no page has to know which bundle needs which style sheet.
		if (css) lines.push(`frappe.dom.set_style(${JSON.stringify(css)}, "sfc-${this.id}");`);
		return [...lines, "export default component;"].join("\n");
	}

	#script() {
		const { script, scriptSetup, template } = this.descriptor;
		const inline = Boolean(scriptSetup);
		const compiled =
			script || scriptSetup
				? compileScript(this.descriptor, {
						id: this.id,
						genDefaultAs: "component",
						inlineTemplate: inline,
						isProd: this.production,
						templateOptions: this.#templateOptions(),
					})
				: { content: "const component = {};" };
		if (inline || !template) return compiled.content;
		return compiled.content + "\n" + this.#render(compiled.bindings);
	}

	#render(bindings) {
		const options = this.#templateOptions();
		const result = compileTemplate({
			...options,
			source: this.descriptor.template.content,
			compilerOptions: { ...options.compilerOptions, bindingMetadata: bindings },
		});
		if (result.errors.length) throw new Error(`${this.file}: ${result.errors.join("; ")}`);
		return result.code.replace("export function render", "function render") + "\ncomponent.render = render;";
	}

	#templateOptions() {
		return {
			id: this.id,
			filename: this.file,
			scoped: this.scoped,
			isProd: this.production,
			// "/assets/…" in a template is a URL of the web, not a file to bundle.
			transformAssetUrls: false,
			compilerOptions: { scopeId: this.scoped ? `data-v-${this.id}` : undefined },
		};
	}
}

/** The CSS of all style blocks of a component, its imports included. */
async function componentCss(component, styles, nested) {
	let all = "";
	for (const block of component.descriptor.styles) {
		const plain = block.lang && block.lang !== "css" ? styles.text(block.content, component.file) : block.content;
		const { code, errors } = await compileStyleAsync({
			source: plain,
			filename: component.file,
			id: `data-v-${component.id}`,
			scoped: Boolean(block.scoped),
		});
		if (errors.length) throw new Error(`${component.file}: ${errors.join("; ")}`);
		all += code.includes("@import") ? await inlineImports(code, component.file, styles, nested) : code;
	}
	return all.trim();
}

/** Put imported style sheets in place of `@import`; what is imported stays unscoped, as it was written for. */
async function inlineImports(css, file, styles, nested) {
	const result = await esbuild.build({
		...nested,
		stdin: { contents: css, loader: "css", resolveDir: path.dirname(file), sourcefile: file },
		bundle: true,
		write: false,
		metafile: true,
	});
	for (const input of Object.keys(result.metafile.inputs)) styles.inputs.add(path.resolve(nested.absWorkingDir, input));
	return result.outputFiles[0].text;
}
