// Client-side templates: `import "./page.html"` registers the text as frappe.templates["page"].
import fs from "node:fs/promises";
import path from "node:path";

/**
 * The framework's templates are written for a template literal: a backslash in them is an escape
 * (`\'` is an apostrophe). So the text stays a literal here, and only what would end it or run code is escaped.
 */
export function templateModule(file, text) {
	const name = path.basename(file).split(".")[0];
	const literal = text.replace(/`/g, "\\`").replace(/\$\{/g, "\\${");
	return `frappe.templates[${JSON.stringify(name)}] = \`${literal}\`;\n`;
}

/** esbuild plugin for .html imports. */
export const html = {
	name: "html-template",
	setup(build) {
		build.onLoad({ filter: /\.html$/ }, async ({ path: file }) => ({
			contents: templateModule(file, await fs.readFile(file, "utf8")),
			loader: "js",
		}));
	},
};
