import { afterAll, beforeAll, expect, test } from "vitest";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../database.ts";
import { makeOrganization, testId } from "../receipts.ts";

let db: TestDatabase;
let orgId: string;

const refusedWith = (code: string) => expect.objectContaining({ code });

/** What the database asks by itself of whoever acts as an operator, the same on PGlite and on real Postgres. */
export function registerOperatorsSuite(): void {
  beforeAll(async () => {
    db = await openTestDatabase();
    ({ id: orgId } = await makeOrganization(db));
  }, databaseStartMs);
  afterAll(() => db.close());

  test.each([
    ["nobody", null, "PR012"],
    ["a user", `user:${testId("user")}`, "PR012"],
    ["an operator of nobody", `operator:${testId("user")}`, "PR012"],
  ])("%s sets no prices, stops no provider, suspends nobody and decides nothing", async (_, actor, code) => {
    for (const statement of [
      "set_price_overrides(0, '[]', 'why')",
      "set_provider_stops(0, '{openai}', 'why')",
      `set_organization_status('${orgId}', 'suspended', 'why')`,
      "decide_adjustment('prp_x', true)",
    ])
      await expect(call(actor, statement)).rejects.toEqual(refusedWith(code));
  });

  test("a role does what it may and no more, until it is taken or the account is suspended", async () => {
    const finance = await makeOperator("finance");
    const prices = "set_price_overrides(coalesce((select max(version) from price_override), 0), '[]', 'why')";
    await expect(call(finance.actor, prices)).resolves.toMatch(/^\d+$/);
    await expect(call(finance.actor, "set_provider_stops(0, '{}', 'why')")).rejects.toEqual(refusedWith("PR012"));
    await db.query("update account_user set status = 'suspended' where id = $1", [finance.id]);
    await expect(call(finance.actor, prices)).rejects.toEqual(refusedWith("PR012"));
    await db.query("update account_user set status = 'active' where id = $1", [finance.id]);
    await db.query("update operator set revoked_at = now() where user_id = $1", [finance.id]);
    await expect(call(finance.actor, prices)).rejects.toEqual(refusedWith("PR012"));
  });

  test("a set goes over the version that was looked at, or not at all", async () => {
    const admin = await makeOperator("admin");
    const first = await call(
      admin.actor,
      "set_provider_stops(coalesce((select max(version) from provider_stop), 0), '{groq}', 'why')",
    );
    for (const base of ["0", "null"])
      expect(await call(admin.actor, `set_provider_stops(${base}, '{openai}', 'why')`)).toBeNull();
    const rows = await db.query("select targets from provider_stop order by version desc limit 1");
    expect([first, rows]).toEqual([expect.stringMatching(/^\d+$/), [{ targets: ["groq"] }]]);
  });

  test.each([
    [-5, "-5", true],
    [-5, "-3", true],
    [-5, "0", true],
    [-5, "-6", false],
    [-5, "1", false],
    [-5, "100000000000000", false],
    [5, "5", true],
    [5, "-1", false],
  ])("a difference of %s is closed by %s: %s", async (offBy, amount, isAllowed) => {
    const { id } = await makeOrganization(db);
    const [found] = await db.query<{ id: string }>(
      "select d ->> 'id' as id from jsonb_array_elements(record_differences($1, $2::jsonb)) d",
      [id, JSON.stringify([{ kind: "balance", amount_nano: String(offBy), balance_nano: String(offBy) }])],
    );
    const { actor } = await makeOperator("finance");
    const proposing = db.query(
      `insert into adjustment_proposal (id, org_id, difference_id, amount_nano, reason)
       select $2, $3, $4, $5::bigint, 'why' from ${SAID}`,
      [actor, testId("proposal"), id, found?.id, amount],
      "console_app",
    );
    await (isAllowed
      ? expect(proposing).resolves.toEqual([])
      : expect(proposing).rejects.toEqual(refusedWith("PR002")));
  });

  test("who became an operator is among what operators did", async () => {
    const { id } = await makeOperator("support");
    const rows = await db.query<{ target_id: string }>(
      "select target_id from audit_entry where action = 'operator.created'",
    );
    expect(rows).toContainEqual({ target_id: id });
  });
}

/** In the transaction of the statement that is about it, as the console says it; the planner does not leave it out. */
const SAID = "(select set_config('prismatic.actor', $1, true) as who offset 0) as said where who is not null";

/** Calls one function as the console does. */
async function call(actor: string | null, expression: string): Promise<string | null> {
  const [row] = await db.query<{ answer: string | null }>(
    `select (${expression})::text as answer from ${SAID}`,
    [actor ?? ""],
    "console_app",
  );
  return row?.answer ?? null;
}

async function makeOperator(role: string): Promise<{ readonly id: string; readonly actor: string }> {
  const id = testId("user");
  await db.query(
    `insert into account_user (id, name, email, email_verified, attested_adult_at, policy_version, policy_accepted_at)
     values ($1, 'Ada', $2, true, now(), '1', now())`,
    [id, `${id}@example.test`],
  );
  await db.query("insert into operator (user_id, role) values ($1, $2)", [id, role]);
  return { id, actor: `operator:${id}` };
}
