// Command line of the two programs: --name value, --flag.

/**
 * Read `argv` by a table of names: `{sites: "path", production: false}`; a default of `false` makes a flag,
 * `null` an optional value, `undefined` a required one.
 * @throws {Error} on an unknown name, a missing value or a missing required name.
 */
export function parse(argv, table) {
	const out = { ...table };
	for (let i = 0; i < argv.length; i++) {
		const name = argv[i].replace(/^--/, "").replace(/-([a-z])/g, (_, c) => c.toUpperCase());
		if (!argv[i].startsWith("--") || !(name in table)) throw new Error(`unknown argument ${argv[i]}`);
		if (table[name] === false) {
			out[name] = true;
		} else {
			if (i + 1 >= argv.length) throw new Error(`${argv[i]} needs a value`);
			out[name] = argv[++i];
		}
	}
	const missing = Object.keys(out).filter((name) => out[name] === undefined);
	if (missing.length) throw new Error(`missing --${missing.map(kebab).join(", --")}`);
	return out;
}

const kebab = (name) => name.replace(/[A-Z]/g, (c) => "-" + c.toLowerCase());
