import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWorkerd, type RunningWorkerd } from "../bench/start-workerd.ts";
import type { ConfigOptions } from "../bench/workerd-config.ts";
import { startReceiver, type WebhookReceiver } from "../support/webhooks/receiver.ts";
import { temporaryDirectory } from "./support/dev-process.ts";

const CONSOLE = join(import.meta.dirname, "../../workers/console");
/** The console's way of sending, with nothing before it that looks at the address. */
const WORKER = `
import { attemptDelivery } from ${JSON.stringify(join(CONSOLE, "deliveries/attempt-delivery.ts"))};
const services = { fetch: (...request) => fetch(...request), clock: { nowMs: () => Date.now() } };
export default {
  fetch: async (request) =>
    Response.json(await attemptDelivery(services, { url: await request.text(), body: "{}", headers: {} })),
};`;

let receiver: WebhookReceiver;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
const running: RunningWorkerd[] = [];

beforeAll(async () => {
  [receiver, directory] = await Promise.all([startReceiver(), temporaryDirectory()]);
  await build({
    stdin: { contents: WORKER, resolveDir: CONSOLE },
    bundle: true,
    format: "esm",
    outfile: join(directory.path, "sender.js"),
    logLevel: "silent",
  });
});
afterAll(async () => {
  await Promise.all(running.map(({ process }) => process.stop()));
  await receiver.stop();
  await directory.remove();
});

/** What a plain workerd, with the console's flags, makes of a try; and what has come to the receiver by it. */
async function attempt(path: string, outbound: NonNullable<ConfigOptions["outbound"]>) {
  const wrangler = readFileSync(join(CONSOLE, "wrangler.toml"), "utf8");
  const flags = [...(/^compatibility_flags = \[(.+)\]$/m.exec(wrangler)?.[1] ?? "").matchAll(/"([^"]+)"/g)];
  const sender = {
    name: "sender",
    modules: ["sender.js"],
    compatibilityDate: /^compatibility_date = "(.+)"$/m.exec(wrangler)?.[1] ?? "",
    compatibilityFlags: flags.map(([, flag = ""]) => flag),
    text: {},
    objects: [],
    classes: [],
  };
  expect(sender.compatibilityFlags).toContain("global_fetch_strictly_public");
  const sockets = [{ name: "http", service: "sender" }];
  const config = { services: [sender], storagePath: null, sockets, outbound };
  const workerd = await startWorkerd(`sender ${path.slice(1)}`, directory.path, config, null, false);
  running.push(workerd);
  const url = `http://localhost:${receiver.port}${path}`;
  const response = await fetch(`http://127.0.0.1:${workerd.ports.get("http") ?? 0}/`, { method: "POST", body: url });
  return { result: await response.json(), received: receiver.received(path).length };
}

describe("S19: a name that resolves to a private address when a webhook is sent", () => {
  test("is not connected to by a network that reaches what is public alone", async () => {
    expect(await attempt("/rebound", ["public"])).toMatchObject({
      result: { outcome: "failed", code: "connection_failed", status: null },
      received: 0,
    });
  });

  test("would be reached by a network that lets it: nothing else stands before it here", async () => {
    expect(await attempt("/reached", ["public", "private", "local"])).toMatchObject({
      result: { outcome: "delivered" },
      received: 1,
    });
  });
});
