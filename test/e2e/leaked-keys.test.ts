import { createHash, createSign, generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { call, chat } from "./support/client.ts";
import { ConsoleClient } from "./support/console-client.ts";
import { dumpLogs, dumpTables, placesOf } from "./support/search.ts";
import { startWorld, until, type World } from "./support/world.ts";

const reporter = generateKeyPairSync("ec", { namedCurve: "P-256" });
const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" });
const publicKey = reporter.publicKey.export({ type: "spki", format: "pem" }).toString();

let world: World;
let owner: ConsoleClient;
let email: string;
let org: string;
let key: string;
let keyPath: string;

beforeAll(async () => {
  world = await startWorld({ consoleEnv: { LEAK_REPORTERS: JSON.stringify({ scanner: publicKey }) } });
  owner = new ConsoleClient(world.stack);
  ({ email } = await owner.join());
  org = String((await owner.post("/organizations", { name: "Leaky" })).body["id"]);
  await world.credit(org, "5");
});
afterAll(() => world.stop());
beforeEach(async () => {
  const made = await owner.post(`/organizations/${org}/keys`, { name: "Published" });
  key = String(made.body["key"]);
  keyPath = `/organizations/${org}/keys/${String(made.body["id"])}`;
});

interface Signing {
  readonly id?: string;
  readonly by?: typeof reporter;
  readonly signed?: string;
}

/** As GitHub's secret scanning sends it. */
async function report(tokens: readonly string[], { id = "scanner", by = reporter, signed }: Signing = {}) {
  const body = JSON.stringify(
    tokens.map((token) => ({ token, type: "prismatic_key", url: "https://example.com/leak", source: "commit" })),
  );
  const signature = createSign("sha256")
    .update(signed ?? body)
    .sign(by.privateKey, "base64");
  const headers = { "github-public-key-identifier": id, "github-public-key-signature": signature };
  const response = await fetch(`${world.stack.urls.console}/leaked-keys`, { method: "POST", headers, body });
  const text = await response.text();
  return { status: response.status, text, body: response.status === 200 ? asJson(text) : null };
}

const asJson = (text: string): unknown => JSON.parse(text);
const labels = z.array(z.object({ label: z.string() }));
const statusOf = async () => (await owner.get(keyPath)).body["status"];
const hashOf = (token: string) => createHash("sha256").update(token).digest("base64");

describe("a key that was found in public", () => {
  test("is revoked, refused by the gateway, and its people are told once, by what lists show of it", async () => {
    const answer = await report([key]);
    expect([answer.status, answer.body]).toEqual([
      200,
      [{ token_hash: hashOf(key), token_type: "prismatic_key", label: "true_positive" }],
    ]);
    expect(await statusOf()).toBe("revoked");
    await until("the key is refused", async () => {
      const { status } = await call(`${world.url}/chat/completions`, chat("Mine"), { key });
      return status === 401 ? true : null;
    });
    const told = (one: { readonly to: readonly string[]; readonly text?: string | null }) =>
      one.to.includes(email) && (one.text ?? "").includes("/app/keys");
    const mail = await world.stack.mailbox.waitFor(told, 10_000);
    expect(mail.text).not.toContain(key);
    expect(await report([key])).toMatchObject({ status: 200 });
    expect(placesOf(key, [...(await dumpTables(world)), ...dumpLogs(world)])).toEqual([]);
    const log = await owner.get(`/organizations/${org}/audit?limit=1`);
    expect(log.body["data"]).toMatchObject([{ action: "key.revoked", actor: { kind: "system", id: "leak_report" } }]);
  });

  test("and that is a management key is revoked too", async () => {
    const made = await owner.post(`/organizations/${org}/management-keys`, {
      name: "Robot",
      permissions: ["keys.read"],
    });
    await report([String(made.body["key"])]);
    const asked = await fetch(`${world.stack.urls.console}/api/v1/management-key`, {
      headers: { authorization: `Bearer ${String(made.body["key"])}` },
    });
    expect(asked.status).toBe(401);
  });

  test("is told from what is none of ours, without a look-up of it", async () => {
    const forged = key.slice(0, -1) + (key.endsWith("A") ? "B" : "A");
    const answer = await report([forged, "sk-somebody-elses", key]);
    expect(labels.parse(answer.body).map(({ label }) => label)).toEqual([
      "false_positive",
      "false_positive",
      "true_positive",
    ]);
  });

  test.each([
    ["by a key that we do not know", { id: "nobody" }],
    ["with another's key", { by: stranger }],
    ["over another body", { signed: "[]" }],
  ])("is not revoked for a report that is signed %s, which finds nothing here", async (_, signing) => {
    expect((await report([key], signing)).status).toBe(404);
    expect(await statusOf()).toBe("active");
  });

  test("is revoked among hundreds of others, and beside what could be no key at all", async () => {
    const others = Array.from({ length: 300 }, (_, index) => `sk-other-${index}`);
    const answer = await report([...others, "x".repeat(5_000), "", key]);
    expect(labels.parse(answer.body).filter(({ label }) => label === "true_positive")).toHaveLength(1);
    expect(await statusOf()).toBe("revoked");
  });

  test("stays in force until its people can be told: then both happen", async () => {
    await world.sql("create function no_mail() returns trigger language plpgsql as $$ begin raise 'away'; end $$");
    await world.sql("create trigger no_mail before insert on mail_message for each row execute function no_mail()");
    expect((await report([key])).status).toBe(500);
    expect(await statusOf()).toBe("active");
    await world.sql("drop trigger no_mail on mail_message");
    expect((await report([key])).status).toBe(200);
    expect(await statusOf()).toBe("revoked");
  });
});

describe("the switch that stops all keys", () => {
  test("ends no management key where a program asks, though it may change keys", async () => {
    const made = await owner.post(`/organizations/${org}/management-keys`, {
      name: "Robot",
      permissions: ["keys.update"],
    });
    const stop = async (body: object) => {
      const response = await fetch(`${world.stack.urls.console}/api/v1/organizations/${org}/keys/stop`, {
        method: "POST",
        headers: { authorization: `Bearer ${String(made.body["key"])}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return { status: response.status, text: await response.text() };
    };
    expect(await stop({ management_keys: true })).toMatchObject({
      status: 403,
      text: expect.stringContaining("people_only"),
    });
    expect(await statusOf()).toBe("active");
    expect(await stop({})).toMatchObject({ status: 200, text: expect.stringContaining('"revoked_management_keys":0') });
  });

  test("disables every key at once, and they are switched on one by one", async () => {
    const stopped = await owner.post(`/organizations/${org}/keys/stop`, { management_keys: true });
    expect(Number(stopped.body["disabled"])).toBeGreaterThan(0);
    expect(await statusOf()).toBe("disabled");
    await until("calls are refused", async () => {
      const { status } = await call(`${world.url}/chat/completions`, chat("Stopped"), { key });
      return status === 401 || status === 403 ? true : null;
    });
    const etag = (await owner.get(keyPath)).headers.get("etag") ?? "";
    expect((await owner.patch(keyPath, { status: "active" }, { "if-match": etag })).status).toBe(200);
    await until("calls go on", async () => {
      const { status } = await call(`${world.url}/chat/completions`, chat("Back"), { key });
      return status === 200 ? true : null;
    });
  });
});
