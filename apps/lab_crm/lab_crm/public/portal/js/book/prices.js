/** Prices of the basket at the chosen branch. */

import { get } from "../core/api.js";
import { book } from "./state.js";

let asked = Promise.resolve();

/** Ask the prices of the chosen services at the chosen branch, without making anybody wait. */
export function reprice() {
	asked = ask();
}

/** Resolves when the prices asked last are in the basket. */
export const repriced = () => asked;

async function ask() {
	const { services, branch } = book.state;
	const answers = await Promise.allSettled(services.map(({ name }) =>
		get("catalogue.get_services", { search: name, branch, page_length: 1 })));
	if (book.state.branch !== branch) return;
	// What cannot be had keeps its old price: the server has the last word anyway.
	const fresh = new Map(answers.flatMap(({ value }) => value?.services || []).map((service) => [service.name, service]));
	book.save({ services: book.state.services.map((service) => fresh.get(service.name) || service) });
}
