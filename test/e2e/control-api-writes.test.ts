import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DOORS } from "#abuse";
import { ConsoleClient } from "./support/console-client.ts";
import { dumpTables, placesOf } from "./support/search.ts";
import { startWorld, type World } from "./support/world.ts";

/** What is true of every change through the control API: once for each key that is sent with it, and not without end. */
let world: World;
let owner: ConsoleClient;
let path: string;

beforeAll(async () => {
  world = await startWorld({});
});
afterAll(() => world.stop());
beforeEach(async () => {
  owner = new ConsoleClient(world.stack);
  await owner.join();
  path = `/organizations/${String((await owner.post("/organizations", { name: "Written" })).body["id"])}`;
});

const once = (key: string) => ({ "idempotency-key": key });
const keysOf = async () => (await owner.get(`${path}/keys`)).body["data"];

describe("an Idempotency-Key", () => {
  test("has a change done once, and its first answer given again, with what is shown only once", async () => {
    const first = await owner.post(`${path}/keys`, { name: "Once" }, once("k-1"));
    const again = await owner.post(`${path}/keys`, { name: "Once" }, once("k-1"));
    expect([first.status, again.status, again.text === first.text]).toEqual([201, 201, true]);
    expect([first, again].map(({ headers }) => headers.get("idempotent-replayed"))).toEqual([null, "true"]);
    expect(again.headers.get("etag")).toBe(first.headers.get("etag"));
    expect(await keysOf()).toHaveLength(1);
  });

  test("that two send at once has it done by one of them", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => owner.post(`${path}/keys`, { name: "Race" }, once("k-race"))),
    );
    expect(await keysOf()).toHaveLength(1);
    for (const { status, body } of answers) {
      if (status !== 201) expect([status, body["code"]]).toEqual([409, "idempotency_unanswered"]);
    }
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(0);
  });

  test("is refused for another body, another path and another operation", async () => {
    await owner.post(`${path}/keys`, { name: "One" }, once("k-2"));
    const second = `/organizations/${String((await owner.post("/organizations", { name: "Other" })).body["id"])}`;
    for (const answer of [
      await owner.post(`${path}/keys`, { name: "Two" }, once("k-2")),
      await owner.post(`${second}/keys`, { name: "One" }, once("k-2")),
      await owner.post("/organizations", { name: "One" }, once("k-2")),
    ])
      expect([answer.status, answer.body["code"]]).toEqual([409, "idempotency_key_mismatch"]);
    expect(await keysOf()).toHaveLength(1);
  });

  test("is another's own: the same key of somebody else is a new request", async () => {
    await owner.post("/organizations", { name: "Mine" }, once("k-3"));
    const other = new ConsoleClient(world.stack);
    await other.join();
    const answer = await other.post("/organizations", { name: "Mine" }, once("k-3"));
    expect([answer.status, answer.headers.get("idempotent-replayed")]).toEqual([201, null]);
  });

  test("is free again after a refusal, by which nothing was done", async () => {
    const body = { name: "Refused", member_id: "mem_01h2xcejqtf2nbrexx3vqjhp41" };
    for (const _ of [1, 2]) expect((await owner.post(`${path}/keys`, body, once("k-4"))).status).toBe(404);
    expect((await owner.post(`${path}/keys`, { name: "Taken" }, once("k-4"))).status).toBe(201);
  });

  test("is free again after a refusal of the database's too", async () => {
    for (let count = 0; count < 20; count += 1)
      await owner.post(`${path}/webhooks`, { url: `https://hooks.example.com/${count}`, events: ["key.created"] });
    const body = { url: "https://hooks.example.com/more", events: ["key.created"] };
    const full = await owner.post(`${path}/webhooks`, body, once("k-6"));
    expect([full.status, full.body["code"]]).toEqual([409, "limit_reached"]);
    expect((await owner.post(`${path}/webhooks`, body, once("k-6"))).body["code"]).toBe("limit_reached");
  });

  test("and what it was answered with stand nowhere readable", async () => {
    const idempotencyKey = "order-4711-of-ada";
    const made = await owner.post(`${path}/keys`, { name: "Sealed" }, once(idempotencyKey));
    const tables = await dumpTables(world);
    for (const hidden of [idempotencyKey, String(made.body["key"])]) expect(placesOf(hidden, tables)).toEqual([]);
  });

  test("is forgotten after a day", async () => {
    await owner.post(`${path}/keys`, { name: "Old" }, once("k-5"));
    await world.sql("update idempotent_request set created_at = now() - interval '25 hours'");
    const anew = await owner.post(`${path}/keys`, { name: "New" }, once("k-5"));
    expect([anew.status, anew.body["name"]]).toEqual([201, "New"]);
  });

  test.each([
    ["is empty", ""],
    ["has a space", "two words"],
    ["has 256 characters", "x".repeat(256)],
  ])("that %s is refused", async (_, key) => {
    const answer = await owner.post("/organizations", { name: "X" }, once(key));
    expect([answer.status, answer.body["param"]]).toEqual([400, "Idempotency-Key"]);
  });
});

describe("the rate of calls", () => {
  test("is told with every answer, also of refusals, reading and changing apart", async () => {
    const read = await owner.get(path);
    const { attempts } = DOORS.read.limits.account;
    expect(read.headers.get("ratelimit-policy")).toBe(`"read";q=${attempts};w=60`);
    expect(read.headers.get("ratelimit")).toMatch(/^"read";r=\d+;t=\d+$/);
    const refused = await owner.post(`${path}/keys/key_01h2xcejqtf2nbrexx3vqjhp41/revoke`);
    expect([refused.status, refused.headers.get("ratelimit-policy")]).toEqual([404, `"change";q=300;w=60`]);
  });

  test("of one person's changes has an end, and others go on", async () => {
    const { attempts } = DOORS.change.limits.account;
    const statuses = [];
    for (let sent = 0; sent <= attempts; sent += 20) {
      const batch = Array.from({ length: 20 }, () => owner.patch("/me", { theme: "dark" }));
      statuses.push(...(await Promise.all(batch)).map(({ status }) => status));
    }
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(attempts);
    const last = await owner.patch("/me", { theme: "dark" });
    expect([last.body["code"], Number(last.headers.get("retry-after")) > 0]).toEqual(["too_many_attempts", true]);
    expect(last.headers.get("ratelimit")).toMatch(/^"change";r=0;t=\d+$/);
    const other = new ConsoleClient(world.stack);
    await other.join();
    expect((await other.patch("/me", { theme: "dark" })).status).toBe(200);
  });
});
