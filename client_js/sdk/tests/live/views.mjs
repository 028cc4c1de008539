/**
 * Views of an agent, whatever happens to the line: for each line on standard input, a line of JSON with what is shown.
 *
 * Arguments: the server's URL, a token, and the views as JSON. All rows that there are get loaded.
 */

import { createInterface } from "node:readline";
import { createClient } from "@intervene/client";
import { Views } from "@intervene/client/views";
import WebSocket from "ws";

const [url, token, filters] = process.argv.slice(2);

const client = createClient({ url, WebSocket, getToken: () => token, pace: { firstDelay: 20, longestDelay: 100 } });
const views = new Views(client);
const opened = JSON.parse(filters).map((filter) => views.open(filter));
for (const view of opened) view.on("change", () => view.loadMore());

for await (const _ of createInterface({ input: process.stdin })) {
  const shown = opened.map(({ name, isLive, counts, shown: { rows, read, more } }) => {
    return [name, { isLive, counts, rows, read: Object.fromEntries(read), more }];
  });
  console.log(JSON.stringify(Object.fromEntries(shown)));
}
client.stop();
