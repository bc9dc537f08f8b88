import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { newId } from "#kernel";
import { systemRandom } from "../../dev/keys/create-key.ts";
import { startReceiver, verified, type ReceivedWebhook, type WebhookReceiver } from "../support/webhooks/receiver.ts";
import { ConsoleClient } from "./support/console-client.ts";
import { startWorld, until, type World } from "./support/world.ts";

let world: World;
let receiver: WebhookReceiver;
let owner: ConsoleClient;
let ownerEmail: string;
let stranger: ConsoleClient;
let org: string;
let theirs: string;
let serial = 0;

beforeAll(async () => {
  [world, receiver] = await Promise.all([startWorld({}), startReceiver()]);
  owner = new ConsoleClient(world.stack);
  stranger = new ConsoleClient(world.stack);
  ownerEmail = (await owner.join()).email;
  await stranger.join();
  org = String((await owner.post("/organizations", { name: "Told" })).body["id"]);
  theirs = String((await stranger.post("/organizations", { name: "Strange" })).body["id"]);
});
afterAll(async () => {
  await world.stop();
  await receiver.stop();
});

interface Made {
  readonly id: string;
  readonly path: string;
  /** Of the API. */
  readonly at: string;
  readonly secret: string;
}

/** An endpoint at a path of its own of the receiver. */
async function makeEndpoint(events: readonly string[] | null = null): Promise<Made> {
  serial += 1;
  const path = `/hook-${serial}`;
  const made = await owner.post(`/organizations/${org}/webhooks`, { url: receiver.url(path), events });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const id = String(made.body["id"]);
  return { id, path, at: `/organizations/${org}/webhooks/${id}`, secret: String(made.body["secret"]) };
}

const makeKey = (name = "Key"): Promise<{ readonly body: Record<string, unknown> }> =>
  owner.post(`/organizations/${org}/keys`, { name });

const arrived = (path: string, count = 1): Promise<readonly ReceivedWebhook[]> =>
  until(`${count} webhooks at ${path}`, () => {
    const found = receiver.received(path);
    return found.length >= count ? found : null;
  });

const delivery = z.looseObject({
  id: z.string(),
  status: z.string(),
  attempts: z.number(),
  last_status: z.number().nullable(),
  last_error: z.string().nullable(),
  event: z.object({ id: z.string(), type: z.string() }),
});
const deliveriesOf = ({ at }: Made, query = "") => owner.list(`${at}/deliveries${query}`, delivery);

const becomes = (made: Made, status: string, attempts: number) =>
  until(`${status} after ${attempts} tries`, async () => {
    const [first] = await deliveriesOf(made);
    const isSettled = status !== "pending" || first?.last_error !== null;
    return first?.status === status && first.attempts >= attempts && isSettled ? first : null;
  });

/** As if the wait were over, and sends. */
async function tryAgain({ id }: Made): Promise<void> {
  await world.sql("update webhook_delivery set next_attempt_at = now() where endpoint_id = $1 and status = 'pending'", [
    id,
  ]);
  await world.stack.deliverWebhooksNow();
}

const told = z.object({ type: z.string(), timestamp: z.string(), data: z.record(z.string(), z.unknown()) });

describe("an endpoint", () => {
  test("is told of a new key, signed by Standard Webhooks, before any cron comes", async () => {
    const made = await makeEndpoint();
    expect(made.secret).toMatch(/^whsec_[0-9A-Za-z+/]{43}=$/);
    const key = await makeKey("For the hook");
    const [message] = await arrived(made.path);
    if (!message) throw new Error("nothing came");
    const body = told.parse(verified(made.secret, message));
    expect(body).toMatchObject({
      type: "key.created",
      data: { id: key.body["id"], name: "For the hook", status: "active", mode: "live" },
    });
    expect(message.headers["webhook-id"]).toMatch(/^evt_/);
    expect(message.headers["content-type"]).toBe("application/json");
    expect(() => verified(`whsec_${btoa("x".repeat(32))}`, message)).toThrow();
    const settled = await becomes(made, "delivered", 1);
    expect(settled).toMatchObject({ attempts: 1, last_status: 204, event: { type: "key.created" } });
    const whole = await owner.get(`${made.at}/deliveries/${settled.id}`);
    expect(whole.body["body"]).toBe(message.body);
  });

  test("is told what happens to a key: changed, rotated, revoked", async () => {
    const made = await makeEndpoint(["key.updated", "key.rotated", "key.revoked"]);
    const { body } = await makeKey();
    const at = `/organizations/${org}/keys/${String(body["id"])}`;
    await owner.patch(at, { name: "Renamed" }, { "if-match": '"1"' });
    const rotated = await owner.post(`${at}/rotate`, {});
    await owner.post(`${at}/revoke`);
    const messages = await arrived(made.path, 4);
    const bodies = messages.map((message) => told.parse(verified(made.secret, message)));
    const byType = (type: string) => bodies.filter((one) => one.type === type).map(({ data }) => data);
    expect(byType("key.updated")).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: body["id"], name: "Renamed", changed: ["name"] }),
        expect.objectContaining({ id: body["id"], changed: ["expires_at"] }),
      ]),
    );
    expect(byType("key.rotated")).toMatchObject([{ id: rotated.body["id"], rotated_from: body["id"] }]);
    expect(byType("key.revoked")).toMatchObject([{ id: body["id"], status: "revoked" }]);
    expect(JSON.stringify(bodies)).not.toContain(String(rotated.body["key"]));
    expect(bodies).toHaveLength(4);
  });

  test("is told of a budget's threshold in USD", async () => {
    const made = await makeEndpoint(["budget.threshold"]);
    const id = newId("alert", { nowMs: () => Date.UTC(2026, 10, 30, 12) }, systemRandom);
    await world.sql(
      `insert into budget_alert (id, occurred_at, org_id, scope, period, period_name, percent, limit_nano, spent_nano)
       values ($1, '2026-11-30T12:00:00Z', $2, 'tag search', 'day', '2026-11-30', 80, 2000000000, 1600000001)`,
      [id, org],
    );
    await world.stack.deliverWebhooksNow();
    const [message] = await arrived(made.path);
    if (!message) throw new Error("nothing came");
    expect(verified(made.secret, message)).toMatchObject({
      type: "budget.threshold",
      data: {
        id,
        scope: "tag:search",
        percent: 80,
        limit_usd: "2.000000000",
        spent_usd: "1.600000001",
        occurred_at: "2026-11-30T12:00:00.000Z",
      },
    });
  });

  test("that fails twice gets the same event until it takes it", async () => {
    const made = await makeEndpoint(["key.created"]);
    receiver.answer(made.path, { status: 500 }, { status: 503, headers: { "retry-after": "3600" } });
    await makeKey();
    await becomes(made, "pending", 1);
    await tryAgain(made);
    const asked = await becomes(made, "pending", 2);
    expect(asked).toMatchObject({ last_status: 503, last_error: "unexpected_status" });
    const waits = Date.parse(String(asked["next_attempt_at"])) - Date.now();
    expect(waits).toBeGreaterThan(3_500_000);
    await tryAgain(made);
    await becomes(made, "delivered", 3);
    const messages = receiver.received(made.path);
    expect(messages).toHaveLength(3);
    expect(new Set(messages.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(messages.map(({ body }) => body)).size).toBe(1);
    for (const message of messages) verified(made.secret, message);
    expect((await owner.get(made.at)).body["failing_since"]).toBeNull();
  });

  test("whose secret is rotated gets both signatures for a day, and then the new one alone", async () => {
    const made = await makeEndpoint(["key.created"]);
    const rotated = await owner.post(`${made.at}/rotate-secret`);
    const secret = String(rotated.body["secret"]);
    expect(secret).not.toBe(made.secret);
    const endsMs = Date.parse(String(rotated.body["previous_secret_ends_at"]));
    expect(endsMs - Date.now()).toBeGreaterThan(23 * 3_600_000);
    await makeKey();
    const [first] = await arrived(made.path);
    if (!first) throw new Error("nothing came");
    verified(made.secret, first);
    verified(secret, first);
    const tooSoon = await owner.post(`${made.at}/rotate-secret`);
    expect([tooSoon.status, tooSoon.body["code"]]).toEqual([409, "not_possible"]);
    expect(tooSoon.text).toContain(new Date(endsMs).toISOString());
    await world.sql("update webhook_endpoint set previous_ends_at = now() where id = $1", [made.id]);
    await makeKey();
    const [, second] = await arrived(made.path, 2);
    if (!second) throw new Error("nothing came");
    verified(secret, second);
    expect(() => verified(made.secret, second)).toThrow();
  });

  test("gets a test whatever it wants to hear of, and a replay of what it had", async () => {
    const made = await makeEndpoint(["budget.threshold"]);
    const sent = await owner.post(`${made.at}/test`);
    expect(sent.status, JSON.stringify(sent.body)).toBe(202);
    const [first] = await arrived(made.path);
    if (!first) throw new Error("nothing came");
    expect(verified(made.secret, first)).toMatchObject({ type: "webhook.test", data: { endpoint_id: made.id } });
    await becomes(made, "delivered", 1);
    const replayed = await owner.post(`${made.at}/deliveries/${String(sent.body["id"])}/replay`);
    expect(replayed.body).toMatchObject({ status: "pending", attempts: 0 });
    const [, second] = await arrived(made.path, 2);
    expect(second?.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
    expect(second?.body).toBe(first.body);
    await world.sql("update webhook_endpoint set replays = 30, failed_replays = 1000 where id = $1", [made.id]);
    const one = await owner.post(`${made.at}/deliveries/${String(sent.body["id"])}/replay`);
    const many = await owner.post(`${made.at}/replay`, { since: "2026-01-01T00:00:00Z" });
    expect([one.status, one.body["code"], many.status, many.body["code"]]).toEqual([
      409,
      "limit_reached",
      409,
      "limit_reached",
    ]);
  });

  test("is the only one at its address", async () => {
    const [made, other] = [await makeEndpoint(["key.created"]), await makeEndpoint(["key.created"])];
    const url = receiver.url(made.path);
    for (const refused of [
      await owner.post(`/organizations/${org}/webhooks`, { url }),
      await owner.patch(other.at, { url }),
    ])
      expect([refused.status, refused.body["code"], refused.body["param"]]).toEqual([409, "already_exists", "url"]);
    expect((await owner.patch(made.at, { url })).status).toBe(200);
  });

  test("that answers 410 is disabled at once, its admins are mailed, and what failed can be replayed", async () => {
    const made = await makeEndpoint(["key.created"]);
    receiver.answer(made.path, { status: 410 });
    await makeKey();
    await becomes(made, "failed", 1);
    const disabled = await until("the endpoint disabled", async () => {
      const { body } = await owner.get(made.at);
      return body["status"] === "auto_disabled" ? body : null;
    });
    expect(disabled).toMatchObject({ disabled_reason: "gone" });
    const mail = await world.stack.mailbox.waitFor(
      (message) => message.to.includes(ownerEmail) && /webhook endpoint of Told was disabled/.test(message.subject),
      15_000,
    );
    expect(mail.text).not.toContain(made.path);
    const entry = z.looseObject({
      action: z.string(),
      target_id: z.string().nullable(),
      actor: z.object({ kind: z.string() }),
    });
    const log = await owner.list(`/organizations/${org}/audit?limit=200`, entry);
    expect(log.find(({ target_id: id }) => id === made.id)).toMatchObject({
      action: "webhook_endpoint.auto_disabled",
      actor: { kind: "system" },
    });
    // Nothing is written for it any more, and nothing sent.
    await makeKey();
    expect(await deliveriesOf(made)).toHaveLength(1);
    for (const path of [`${made.at}/test`, `${made.at}/replay`]) {
      const refused = await owner.post(path, path.endsWith("replay") ? { since: "2026-01-01T00:00:00Z" } : undefined);
      expect([refused.status, refused.body["code"]]).toEqual([409, "not_possible"]);
    }
    expect((await owner.patch(made.at, { status: "enabled" })).body).toMatchObject({
      status: "enabled",
      disabled_reason: null,
    });
    const all = await owner.post(`${made.at}/replay`, { since: "2026-01-01T00:00:00Z" });
    expect(all.body).toEqual({ replayed: 1 });
    await arrived(made.path, 2);
    await becomes(made, "delivered", 1);
  });

  test("that redirects is not followed", async () => {
    const made = await makeEndpoint(["key.created"]);
    receiver.answer(made.path, { status: 307, headers: { location: receiver.url("/elsewhere") } });
    await makeKey();
    expect(await becomes(made, "pending", 1)).toMatchObject({ last_status: 307, last_error: "redirected" });
    expect(receiver.received("/elsewhere")).toEqual([]);
  });

  test("that does not answer holds up nobody else", async () => {
    const [slow, quick] = [await makeEndpoint(["key.created"]), await makeEndpoint(["key.created"])];
    const release = receiver.hold(slow.path);
    try {
      await makeKey();
      await arrived(slow.path);
      await becomes(quick, "delivered", 1);
      await makeKey();
      await arrived(quick.path, 2);
      expect((await deliveriesOf(slow)).every(({ status }) => status === "pending")).toBe(true);
    } finally {
      release();
    }
    await becomes(slow, "delivered", 1);
  });

  test("is gone with its deliveries when it is deleted", async () => {
    const made = await makeEndpoint();
    await owner.post(`${made.at}/test`);
    await arrived(made.path);
    expect((await owner.remove(made.at)).status).toBe(204);
    expect((await owner.get(made.at)).status).toBe(404);
    expect((await owner.get(`${made.at}/deliveries`)).status).toBe(404);
  });
});

describe("S19: an address that leads inwards", () => {
  test.each([
    "http://example.com/",
    "https://10.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://2130706433/",
    "https://169.254.169.254/latest/meta-data",
    "https://metadata.google.internal/",
    "https://api.prismaticapi.com/",
    "https://example.com:8443/",
    "https://user:secret@example.com/",
    "ftp://example.com/",
    "nonsense",
  ])("%s is refused when it is given", async (url) => {
    const made = await owner.post(`/organizations/${org}/webhooks`, { url });
    expect([made.status, made.body["code"], made.body["param"]]).toEqual([400, "invalid_parameter", "url"]);
    const { at } = await makeOnce();
    expect((await owner.patch(at, { url })).body).toMatchObject({ code: "invalid_parameter", param: "url" });
  });

  test("that came in past the API gets nothing", async () => {
    const made = await makeEndpoint(["key.created"]);
    // Another address of this very machine, where the receiver would answer.
    await world.sql("update webhook_endpoint set url = $2 where id = $1", [
      made.id,
      `http://127.0.0.2:${receiver.port}${made.path}`,
    ]);
    await makeKey();
    expect(await becomes(made, "failed", 1)).toMatchObject({ last_status: null, last_error: "address_refused" });
    expect(receiver.received(made.path)).toEqual([]);
  });

  let once: Promise<Made> | null = null;
  const makeOnce = (): Promise<Made> => (once ??= makeEndpoint(["budget.threshold"]));
});

describe("S20: another tenant", () => {
  test("neither sees nor replays a delivery, by no combination of ids", async () => {
    const made = await makeEndpoint();
    const sent = await owner.post(`${made.at}/test`);
    const ours = String(sent.body["id"]);
    await becomes(made, "delivered", 1);
    const own = await stranger.post(`/organizations/${theirs}/webhooks`, { url: receiver.url("/theirs") });
    const at = `/organizations/${theirs}/webhooks`;
    for (const path of [
      `${made.at}/deliveries/${ours}`,
      `${at}/${made.id}/deliveries/${ours}`,
      `${at}/${String(own.body["id"])}/deliveries/${ours}`,
    ]) {
      expect((await stranger.get(path)).status).toBe(404);
      expect((await stranger.post(`${path}/replay`)).status).toBe(404);
    }
    const taken = await stranger.post(`${at}/${made.id}/rotate-secret`);
    expect(taken.status).toBe(404);
    expect((await deliveriesOf(made))[0]).toMatchObject({ status: "delivered" });
    await makeKey();
    await arrived(made.path, 2);
    expect(receiver.received("/theirs")).toEqual([]);
  });

  test("reads no secret: neither answers, log nor database hold one in clear", async () => {
    const made = await makeEndpoint();
    const secret = made.secret.slice("whsec_".length);
    const rows = await world.sql("select to_jsonb(e) from webhook_endpoint e");
    const audit = await owner.get(`/organizations/${org}/audit?limit=200`);
    for (const text of [JSON.stringify(rows), audit.text, (await owner.get(made.at)).text, world.logLines.join("\n")])
      expect(text).not.toContain(secret);
    expect(audit.text).not.toContain(made.path);
  });
});

test.each([
  [" HTTPS://Receiver.EXAMPLE.com/a b?x=\u00e9 ", "https://receiver.example.com/a%20b?x=%C3%A9"],
  ["https://receiver.example.com:443", "https://receiver.example.com/"],
])("an address is kept as it is sent to: %j", async (url, kept) => {
  const made = await stranger.post(`/organizations/${theirs}/webhooks`, { url });
  expect([made.status, made.body["url"]]).toEqual([201, kept]);
  const at = `/organizations/${theirs}/webhooks/${String(made.body["id"])}`;
  expect((await stranger.patch(at, { url })).body["url"]).toBe(kept);
  expect((await stranger.patch(at, { description: "Same" })).body).toMatchObject({ url: kept, description: "Same" });
});

test("as many endpoints as there may be, and no more", async () => {
  const other = String((await stranger.post("/organizations", { name: "Many" })).body["id"]);
  const make = (_: unknown, index: number) =>
    stranger.post(`/organizations/${other}/webhooks`, { url: `https://receiver.example.com/${index}` });
  const made = await Promise.all(Array.from({ length: 20 }, make));
  expect(new Set(made.map(({ status }) => status))).toEqual(new Set([201]));
  const refused = await make(null, 20);
  expect([refused.status, refused.body["code"]]).toEqual([409, "limit_reached"]);
});

test("a management key makes endpoints where it may, and the list comes in pages", async () => {
  const robot = await owner.post(`/organizations/${org}/management-keys`, {
    name: "R",
    permissions: ["webhooks.read"],
  });
  const asRobot = (method: string, path: string, body?: unknown) =>
    new ConsoleClient(world.stack).send(method, path, body, {
      authorization: `Bearer ${String(robot.body["key"])}`,
      origin: "",
    });
  const first = await asRobot("GET", `/organizations/${org}/webhooks?limit=1`);
  expect(first.status, first.text).toBe(200);
  expect(first.body["next_cursor"]).toMatch(/^whe_/);
  const refused = await asRobot("POST", `/organizations/${org}/webhooks`, { url: "https://example.com/" });
  expect(refused.body["code"]).toBe("key_permission_denied");
});

test("without the internal token nobody makes the console send", async () => {
  const response = await fetch(`${world.stack.urls.console}/internal/deliver-webhooks`, { method: "POST" });
  expect(response.status).toBe(404);
});
