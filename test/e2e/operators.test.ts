import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { testId } from "../support/receipts.ts";
import { call, chat, LIVE_MODEL, type Answer } from "./support/client.ts";
import { codeOf, ConsoleClient } from "./support/console-client.ts";
import { joinAsOperator, type OperatorPerson } from "./support/operator.ts";
import { startWorld, until, type World } from "./support/world.ts";

let world: World;
let support: OperatorPerson;
let finance: OperatorPerson;
let other: OperatorPerson;
let owner: ConsoleClient;
let email: string;
let org: string;
let key: string;

beforeAll(async () => {
  world = await startWorld({ gatewayEnv: { FLUSH_INTERVAL_MS: "100" } });
  [support, finance, other] = await Promise.all([
    joinAsOperator(world, "support"),
    joinAsOperator(world, "finance"),
    joinAsOperator(world, "finance"),
  ]);
  owner = new ConsoleClient(world.stack);
  ({ email } = await owner.join());
});
afterAll(() => world.stop());
beforeEach(async () => {
  org = String((await owner.post("/organizations", { name: "Looked after" })).body["id"]);
  await world.credit(org, "10");
  key = String((await owner.post(`/organizations/${org}/keys`, { name: "Ours" })).body["key"]);
});

const ask = (fields: object = {}): Promise<Answer> =>
  call(`${world.url}/chat/completions`, chat("Hello", { ...fields }), { key });
const codeIn = (answer: Answer): unknown => (answer.status === 200 ? 200 : /"code":"(\w+)"/.exec(answer.text)?.[1]);
const answers = (code: unknown, fields: object = {}) =>
  until(`calls answer ${String(code)}`, async () => (codeIn(await ask(fields)) === code ? true : null));
const entry = z.looseObject({
  action: z.string(),
  actor: z.object({ kind: z.string(), id: z.string().nullable() }),
  ip_address: z.string().nullable(),
  org_id: z.string().nullable().optional(),
});

describe("an operator", () => {
  test("is nobody without a second factor, and is told what they may with it", async () => {
    const client = new ConsoleClient(world.stack);
    const { userId } = await client.join();
    expect((await client.get("/operator")).body["code"]).toBe("not_found");
    await world.sql("insert into operator (user_id, role) values ($1, 'support')", [userId]);
    expect((await client.get("/operator")).body["code"]).toBe("factor_required");
    const begun = await client.post("/me/factor");
    await client.post("/me/factor/confirm", { code: codeOf(begun.body["secret"]) });
    const { body } = await client.get("/operator");
    expect(body).toMatchObject({ role: "support", permissions: expect.arrayContaining(["organizations.suspend"]) });
    await world.sql("update operator set revoked_at = now() where user_id = $1", [userId]);
    expect((await client.get("/operator")).body["code"]).toBe("not_found");
  });

  test("finds an organization by its id, a text in its name, and a member's address, with what its wallet has", async () => {
    const found = z.object({ id: z.string(), wallet_usd: z.string() });
    for (const query of [org, "ooked af", email.toUpperCase()]) {
      const rows = await support.client.list(`/operator/organizations?query=${encodeURIComponent(query)}`, found);
      expect(rows).toContainEqual({ id: org, wallet_usd: "10.000000000" });
    }
    expect(await support.client.list("/operator/organizations?query=100%25", found)).toEqual([]);
  });
});

describe("the development stack's own people", () => {
  test("sign in as state.json says: the demo organization's owner, and an operator with a second factor", async () => {
    const { demo } = world.stack.state;
    const [admin, operator] = [new ConsoleClient(world.stack), new ConsoleClient(world.stack)];
    await admin.post("/auth/sign-in", { email: demo.admin_email, password: demo.admin_password });
    const listed = await admin.list("/organizations", z.looseObject({ id: z.string(), role: z.string() }));
    expect(listed).toMatchObject([{ id: demo.org_id, role: "owner" }]);
    await operator.post("/auth/sign-in", { email: demo.operator_email, password: demo.operator_password });
    await operator.post("/auth/factor", { code: codeOf(demo.operator_totp_secret) });
    expect((await operator.get("/operator")).body).toMatchObject({ role: "admin" });
  });
});

describe("a suspended organization", () => {
  test("is refused its calls, is told so without a name, and goes on when it is resumed", async () => {
    expect(codeIn(await ask())).toBe(200);
    const path = `/operator/organizations/${org}`;
    const suspended = await support.client.post(`${path}/suspend`, { reason: "Spam" });
    expect([suspended.status, suspended.body["status"], suspended.body["status_reason"]]).toEqual([
      200,
      "suspended",
      "Spam",
    ]);
    await answers("organization_suspended");
    await support.client.post(`${path}/resume`, { reason: "It was not theirs" });
    await answers(200);
    const [resumed, before] = (await owner.list(`/organizations/${org}/audit`, entry)).filter(
      ({ actor }) => actor.kind === "operator",
    );
    for (const one of [resumed, before])
      expect(one).toMatchObject({ actor: { kind: "operator", id: null }, ip_address: null });
    expect(JSON.stringify([resumed, before])).not.toMatch(/Spam|not theirs/);
    const ours = (await finance.client.list("/operator/audit", entry)).find(({ org_id: of }) => of === org);
    expect(ours).toMatchObject({ actor: { kind: "operator", id: support.userId }, action: "organization.active" });
  });

  test("is not suspended by finance, nor without a reason", async () => {
    const path = `/operator/organizations/${org}/suspend`;
    expect((await finance.client.post(path, { reason: "Spam" })).body["code"]).toBe("permission_denied");
    expect((await support.client.post(path, { reason: " " })).body["code"]).toBe("invalid_parameter");
  });
});

describe("an adjustment", () => {
  const wallet = async () => (await support.client.get(`/operator/organizations/${org}`)).body["wallet_usd"];

  async function findDifference(): Promise<string> {
    const rows = await world.sql<{ id: string }>(
      "select d ->> 'id' as id from jsonb_array_elements(record_differences($1, $2::jsonb)) d",
      [org, JSON.stringify([{ kind: "balance", amount_nano: "-5", balance_nano: "-5" }])],
    );
    return rows[0]?.id ?? "";
  }

  const propose = async (differenceId: string, by = finance) => {
    const body = { org_id: org, difference_id: differenceId, amount_usd: "-0.000000005", reason: "Lost" };
    const made = await by.client.post("/operator/adjustments", body);
    expect(made.status, made.text).toBe(201);
    return String(made.body["id"]);
  };

  test("is posted once another operator approves it, and only then", async () => {
    const differenceId = await findDifference();
    const open = z.looseObject({ id: z.string() });
    expect(await finance.client.list("/operator/differences", open)).toContainEqual(
      expect.objectContaining({ id: differenceId, org_id: org, amount_usd: "-0.000000005" }),
    );
    const proposal = await propose(differenceId);
    const path = `/operator/adjustments/${proposal}/approve`;
    expect((await finance.client.post(path)).body["detail"]).toContain("another operator");
    expect((await support.client.post(path)).body["code"]).toBe("permission_denied");
    expect(await wallet()).toBe("10.000000000");
    const approved = await other.client.post(path);
    expect([approved.status, approved.body["status"], approved.body["decided_by"]]).toEqual([
      200,
      "approved",
      other.userId,
    ]);
    expect(await wallet()).toBe("9.999999995");
    expect((await other.client.post(path)).body["detail"]).toContain("decided already");
    expect(await wallet()).toBe("9.999999995");
    expect(await finance.client.list("/operator/differences", open)).not.toContainEqual(
      expect.objectContaining({ id: differenceId }),
    );
  });

  test("of two for one difference, and of many approvals at once, one is posted", async () => {
    const differenceId = await findDifference();
    const proposals = [await propose(differenceId), await propose(differenceId)];
    const decided = await Promise.all(
      proposals.flatMap((id) =>
        Array.from({ length: 4 }, () => other.client.post(`/operator/adjustments/${id}/approve`)),
      ),
    );
    expect(decided.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await wallet()).toBe("9.999999995");
  });

  test("is not posted when it was rejected, is too old, or its proposer has gone", async () => {
    const differenceId = await findDifference();
    const rejected = await propose(differenceId);
    expect((await finance.client.post(`/operator/adjustments/${rejected}/reject`)).body["status"]).toBe("rejected");
    const old = await propose(differenceId);
    await world.sql("alter table adjustment_proposal disable trigger adjustment_proposal_fixed");
    await world.sql("update adjustment_proposal set expires_at = now() - interval '1 second' where id = $1", [old]);
    await world.sql("alter table adjustment_proposal enable trigger adjustment_proposal_fixed");
    const leaver = await joinAsOperator(world, "finance");
    const orphan = await propose(differenceId, leaver);
    await world.sql("update operator set revoked_at = now() where user_id = $1", [leaver.userId]);
    for (const id of [rejected, old, orphan])
      expect((await other.client.post(`/operator/adjustments/${id}/approve`)).status).toBe(409);
    expect(await wallet()).toBe("10.000000000");
  });

  test("is refused of a difference that is another's or none, and of more than the difference is off by", async () => {
    const body = { org_id: org, difference_id: testId("difference"), amount_usd: "0", reason: "Guess" };
    expect((await finance.client.post("/operator/adjustments", body)).status).toBe(404);
    const own = { ...body, difference_id: await findDifference() };
    for (const amount of ["100000", "0.000000001", "-0.000000006"]) {
      const refused = await finance.client.post("/operator/adjustments", { ...own, amount_usd: amount });
      expect([refused.status, refused.body["param"]]).toEqual([400, "amount_usd"]);
    }
    expect((await finance.client.post("/operator/adjustments", own)).status).toBe(201);
  });

  test("is not posted for an operator whose account was suspended, whoever proposed it", async () => {
    const differenceId = await findDifference();
    const suspended = await joinAsOperator(world, "finance");
    const theirs = await propose(differenceId, suspended);
    await world.sql("update account_user set status = 'suspended' where id = $1", [suspended.userId]);
    expect((await other.client.post(`/operator/adjustments/${theirs}/approve`)).body["detail"]).toContain(
      "no operator",
    );
    expect(await wallet()).toBe("10.000000000");
  });
});

describe("prices", () => {
  const entries = [
    {
      endpoint: LIVE_MODEL,
      from: null,
      prices: { input: { usd: "7", per: 1_000_000 }, output: { usd: "0.000001", per: 1_000_000 } },
      source: null,
    },
  ];

  test("are set as they were previewed, and not as they were not", async () => {
    const preview = await finance.client.post("/operator/prices/preview", { entries });
    expect(preview.status, preview.text).toBe(200);
    const changes = z
      .array(z.looseObject({ unit: z.string(), below_list: z.boolean() }))
      .parse(preview.body["changes"]);
    expect(changes.find(({ unit }) => unit === "input")).toMatchObject({
      endpoint: LIVE_MODEL,
      after: { usd: "7.000000000000", per: 1_000_000 },
      below_list: false,
    });
    expect(changes.find(({ unit }) => unit === "output")?.below_list).toBe(true);
    const { base_version, digest } = preview.body;
    const set = { base_version, digest, entries, reason: "Test" };
    const others = [{ ...entries[0], prices: {} }];
    expect((await finance.client.post("/operator/prices", { ...set, entries: others })).body["param"]).toBe("digest");
    expect((await support.client.post("/operator/prices", set)).body["code"]).toBe("permission_denied");
    expect((await finance.client.post("/operator/prices", set)).body["param"]).toBe("accept_below_list");
    const done = await finance.client.post("/operator/prices", { ...set, accept_below_list: true });
    expect([done.status, done.body["version"]]).toEqual([201, Number(base_version) + 1]);
    const again = await finance.client.post("/operator/prices", { ...set, accept_below_list: true });
    expect(again.body["code"]).toBe("version_conflict");
    expect((await support.client.get("/operator/prices")).body).toMatchObject({
      version: done.body["version"],
      reason: "Test",
    });
    const log = await finance.client.list("/operator/audit", entry);
    expect(log[0]).toMatchObject({ action: "price_override.created", actor: { id: finance.userId } });
  });

  test.each([
    ["an endpoint of nobody", { endpoint: "nobody/nothing" }],
    ["a negative price", { prices: { input: { usd: "-1", per: 1 } } }],
    ["more decimals than there are", { prices: { input: { usd: "0.0000000000001", per: 1 } } }],
    ["a unit that is none", { prices: { words: { usd: "1", per: 1 } } }],
    ["a division by zero", { prices: { input: { usd: "1", per: 0 } } }],
  ])("with %s are refused", async (_, change) => {
    const answer = await finance.client.post("/operator/prices/preview", { entries: [{ ...entries[0], ...change }] });
    expect([answer.status, answer.body["code"]]).toEqual([400, "invalid_parameter"]);
  });
});

describe("a provider that is stopped", () => {
  test("is in the set that every isolate asks for, until the stop is lifted; a name that is none is refused", async () => {
    const { body } = await support.client.get("/operator/provider-stops");
    const stop = (base: unknown, targets: readonly string[]) =>
      support.client.put("/operator/provider-stops", { base_version: base, targets, reason: "Down" });
    expect((await stop(body["version"], ["opnai"])).body["param"]).toBe("targets");
    const stopped = await stop(body["version"], ["openai"]);
    expect([stopped.status, stopped.body["targets"]]).toEqual([200, ["openai"]]);
    expect((await stop(body["version"], [])).body["code"]).toBe("version_conflict");
    // Isolates ask every half a minute: what they ask for is the newest set (test/unit/edge-sql, test/unit/gateway).
    const rows = await world.sql<{ overrides: { stops: { targets: string[] } } }>(
      "select current_overrides(0, 0) as overrides",
    );
    expect(rows[0]?.overrides.stops.targets).toEqual(["openai"]);
    expect((await stop(stopped.body["version"], [])).body["targets"]).toEqual([]);
  });
});
