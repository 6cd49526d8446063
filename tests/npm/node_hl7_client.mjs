// Sends the messages of standard input (a JSON list of texts) with node-hl7-client, one after another on one connection,
// and prints the answers as a JSON list. usage: node node_hl7_client.mjs HOST PORT
import { Client, Message } from "node-hl7-client";

const [host, port] = process.argv.slice(2);
const texts = JSON.parse(await new Response(process.stdin).text());
const answers = [];
let arrived;

const client = new Client({ host });
const connection = client.createConnection({ port: Number(port), autoConnect: true, waitAck: true }, (response) => {
	answers.push(response.getMessage().toString());
	arrived();
});
connection.on("error", (error) => {
	console.error(error);
	process.exit(1);
});
for (const text of texts) {
	const answer = new Promise((resolve) => (arrived = resolve));
	await connection.sendMessage(new Message({ text }));
	await answer;
}
await connection.close();
console.log(JSON.stringify(answers));
process.exit(0);
