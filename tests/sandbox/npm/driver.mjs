// One client of an npm package, told by lines of JSON what to do; each line is answered by one.
//
// The first names the client:       {"package", "client", "options"}  ->  {"methods": its own}
// The others call its methods:      {"method", "params"}              ->  {"answer"}, {"refused"} or {"failed"}
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);

const { package: name, client: kind, options } = JSON.parse((await lines.next()).value);
const { [kind]: Client } = await import(name);
const client = new Client(options);
say({ methods: Object.getOwnPropertyNames(Client.prototype) });

for await (const line of lines) {
  const { method, params } = JSON.parse(line);
  try {
    say({ answer: await client[method](params) });
  } catch (thrown) {
    say(unwelcome(thrown));
  }
}

// The venue's answer as it was thrown, alone (okx-api) or as the body of more (bitget-api). That holds the key too, so
// only the code is told.
function unwelcome(thrown) {
  const code = thrown instanceof Error ? undefined : (thrown.body ?? thrown).code;
  return code === undefined ? { failed: String(thrown.message ?? thrown) } : { refused: String(code) };
}
