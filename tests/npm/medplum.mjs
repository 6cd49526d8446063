// Sends the messages of standard input (a JSON list of texts) with @medplum/hl7, one after another on one connection,
// and prints the answers as a JSON list. usage: node medplum.mjs HOST PORT
// Not all at once: this client (4.5.2) takes everything one read of the socket brings for a single answer, so of two
// answers that TCP delivers together it loses the second and waits for it forever.
import { Hl7Message } from "@medplum/core";
import { Hl7Client } from "@medplum/hl7";

const [host, port] = process.argv.slice(2);
const texts = JSON.parse(await new Response(process.stdin).text());
const client = new Hl7Client({ host, port: Number(port), encoding: "utf-8", keepAlive: true });
const answers = [];
for (const text of texts) answers.push(await client.sendAndWait(Hl7Message.parse(text)));
console.log(JSON.stringify(answers.map((answer) => answer.toString())));
await client.close();
process.exit(0);
