import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { memberScope, ORGANIZATION_SCOPE, tagScope } from "#admission";
import { nanoUsd, newId, ZERO_NANO, type NanoUsd } from "#kernel";
import { systemClock, systemRandom } from "../../dev/keys/create-key.ts";
import { postCredit, setBudgets, setOrganizationSettings } from "../../dev/keys/set-budgets.ts";
import { askReconcile } from "../../dev/reconcile/ask-reconcile.ts";
import { isClean, reportLines } from "../../dev/reconcile/report-lines.ts";
import { call, chat, expectError } from "./support/client.ts";
import { parseUsdOrThrow, startWorld, until, type Organization, type World } from "./support/world.ts";

const ROOT = resolve(import.meta.dirname, "../..");
let world: World;
/** Long enough for a call to be paid from the credit before it ends, on a busy machine too. */
const CREDIT_LIFE_MS = 4_000;

beforeAll(async () => {
  world = await startWorld({ gatewayEnv: { FLUSH_INTERVAL_MS: "100" } });
});
afterAll(() => world.stop());
beforeEach(() => world.stack.sim.reset());

const query = <T>(text: string, params: readonly unknown[]): Promise<T[]> => world.sql<T>(text, [...params]);
const ask = (key: string, content = "[[sim: tokens=20]]") =>
  call(`${world.url}/chat/completions`, chat(content), { key });

async function setBudget(organization: Organization, scope: string, limitUsd: string): Promise<void> {
  await setBudgets(query, organization.id, scope, [{ period: "day", limitNano: parseUsdOrThrow(limitUsd) }]);
  await world.stack.projectNow();
}

/** What the first call of this test costs: as much as every other of its kind. */
async function costOf(organization: Organization, key: string): Promise<NanoUsd> {
  const answer = await ask(key);
  expect(answer.status).toBe(200);
  return (await organization.generation(answer.id)).cost_usd;
}

const alertsOf = (organization: Organization) =>
  world.sql<{ scope: string; period: string; percent: number; limit: string; spent: string }>(
    `SELECT scope, period, percent, limit_nano::text AS limit, spent_nano::text AS spent FROM budget_alert
     WHERE org_id = $1 ORDER BY scope, percent`,
    [organization.id],
  );

async function reconcile(organization: Organization) {
  const door = { consoleUrl: world.stack.urls.console, internalToken: world.stack.secrets.internal_token };
  for await (const report of askReconcile(door, organization.id)) return report;
  throw new Error("no report");
}

/** Once nothing waits for the ledger any more. */
async function expectClean(organization: Organization): Promise<void> {
  const report = await until("books that stand still", async () => {
    const found = await reconcile(organization);
    return found.state === "compared" && found.settlement_lag_ms === 0 ? found : null;
  });
  expect(reportLines(report).slice(1)).toEqual([]);
  expect(isClean(report)).toBe(true);
}

describe("budgets that keys share", () => {
  test("an organization's budget per day refuses with 402 that names it, and its owner is alerted once", async () => {
    const organization = await world.organization();
    const other = await organization.newKey();
    const costNano = await costOf(organization, organization.key);
    // Less than a call more than what was spent, which is more than four fifths of it.
    const limitNano = costNano + costNano / 10n;
    await setBudgets(query, organization.id, ORGANIZATION_SCOPE, [{ period: "day", limitNano: nanoUsd(limitNano) }]);
    await world.stack.projectNow();
    for (const key of [organization.key, other.key]) {
      const refused = await ask(key);
      expectError(refused, "budget_exceeded", { message: /organization's budget for the day/ });
      expect(refused.status).toBe(402);
    }
    const alerts = await until("the alert", async () => {
      const found = await alertsOf(organization);
      return found.length === 0 ? null : found;
    });
    expect(alerts).toEqual([
      { scope: "organization", period: "day", percent: 100, limit: String(limitNano), spent: String(costNano) },
    ]);
    // Lifted, it refuses no more; and what was refused cost nothing.
    await setBudgets(query, organization.id, ORGANIZATION_SCOPE, []);
    await world.stack.projectNow();
    expect((await ask(other.key)).status).toBe(200);
    await expectClean(organization);
  });

  test("a member's and a tag's budget hold the keys of theirs, and no other", async () => {
    const organization = await world.organization();
    const memberId = newId("member", systemClock, systemRandom);
    const [members, tagged] = [
      await organization.newKey({ memberId, strict: true }),
      await organization.newKey({ tags: ["batch", "null"] }),
    ];
    await setBudget(organization, memberScope(memberId), "0");
    await setBudget(organization, tagScope("batch"), "0");
    expectError(await ask(members.key), "budget_exceeded", { message: /member's budget for the day/ });
    expectError(await ask(tagged.key), "budget_exceeded", { message: /tag's budget for the day/ });
    expect((await ask(organization.key)).status).toBe(200);
  });

  test("a strict organization in its own time zone is served as any other", async () => {
    const organization = await world.organization();
    await setOrganizationSettings(query, organization.id, { strict: true, timeZone: "Pacific/Kiritimati" });
    await world.stack.projectNow();
    expect((await ask(organization.key)).status).toBe(200);
    await expect(
      setOrganizationSettings(query, organization.id, { strict: null, timeZone: "Mars/Base" }),
    ).rejects.toThrow("unknown time zone");
    await expectClean(organization);
  });
});

describe("promotional credit that ends", () => {
  test("leaves the wallet at its end, and ledger and object agree", async () => {
    const organization = await world.organization("2");
    const before = (await organization.credits()).balance_usd;
    const amountNano = parseUsdOrThrow("3");
    const expiresAt = new Date(Date.now() + CREDIT_LIFE_MS);
    await postCredit(query, organization.id, `test:${organization.id}:ends`, { amountNano, priority: 1, expiresAt });
    await world.stack.projectNow();
    // It is used before the credit that does not end: what a call costs is not lost.
    const answer = await ask(organization.key);
    const { cost_usd: costNano } = await organization.generation(answer.id);
    expect(costNano > ZERO_NANO).toBe(true);
    const expiries = await until("the expiry in the ledger", async () => {
      const rows = await world.sql<{ amount: string; kind: string; legs: Record<string, string> }>(
        `SELECT x.amount_nano::text AS amount, t.kind, (SELECT jsonb_object_agg(a.name, e.amount_nano::text)
           FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id WHERE e.transaction_id = t.id) AS legs
         FROM credit_expiry x JOIN ledger_transaction t ON t.id = x.transaction_id WHERE x.org_id = $1`,
        [organization.id],
      );
      return rows.length === 0 ? null : rows;
    });
    const endedNano = amountNano - costNano;
    const legs = { wallet: String(endedNano), breakage: String(-endedNano) };
    expect(expiries).toEqual([{ amount: String(endedNano), kind: "expiry", legs }]);
    expect((await organization.credits()).balance_usd).toBe(before);
    await expectClean(organization);
  });
});

/** A program of `dev/` beside the running stack: what it printed, and its exit code. */
async function runDev(program: string, ...args: readonly string[]): Promise<{ code: number; output: string }> {
  const env = { PATH: process.env["PATH"] ?? "", HOME: tmpdir(), DEV_DATA_DIR: world.dataDir };
  const run = promisify(execFile)(process.execPath, [join(ROOT, program), ...args], { cwd: ROOT, env });
  return run.then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      output: error.stdout + error.stderr,
    }),
  );
}

describe("npm run key", () => {
  test("sets an organization's zone and budget and gives credit, and refuses what is none", async () => {
    const organization = await world.organization("1");
    // Each takes a second, and none waits for another.
    const [settings, budget, wrong, nobody] = await Promise.all([
      runDev("dev/key.ts", "settings", organization.id, "--time-zone", "Asia/Kolkata", "--json"),
      runDev("dev/key.ts", "budget", organization.id, "organization", "--day", "0", "--json"),
      runDev("dev/key.ts", "budget", organization.id, "organization", "--day=-1"),
      runDev("dev/key.ts", "settings", "Nobody", "--strict"),
      runDev("dev/key.ts", "credit", organization.id, "2.5", "--expires", "2036-01-01"),
    ]);
    expect(JSON.parse(settings.output)).toMatchObject({ time_zone: "Asia/Kolkata", strict: null, applied: true });
    expect((await organization.credits()).balance_usd).toBe(parseUsdOrThrow("3.5"));
    expect(JSON.parse(budget.output)).toMatchObject({
      scope: "organization",
      limits: [{ period: "day", limit_usd: "0.000000000" }],
    });
    expectError(await ask(organization.key), "budget_exceeded");
    expect(wrong).toMatchObject({ code: 2, output: expect.stringContaining("--day takes USD") });
    expect(nobody).toMatchObject({ code: 2, output: expect.stringContaining('no organization "Nobody"') });
  });
});

describe("npm run reconcile", () => {
  test("finds one nano-USD in a receipt's row and names the receipt; a posting by two operators closes it", async () => {
    const organization = await world.organization();
    const answer = await ask(organization.key);
    await organization.postedGeneration(answer.id);
    await expectClean(organization);
    await plantInReceipt(answer.id);
    const report = await reconcile(organization);
    expect(report.differences).toMatchObject([
      { kind: "receipt", amount_nano: "1", balance_nano: "0", receipt_id: answer.id },
    ]);
    const printed = await runDev("dev/reconcile.ts", "--org", organization.id);
    expect(printed).toMatchObject({ code: 1, output: expect.stringContaining(`receipt ${answer.id} in txn_`) });
    expect(printed.output).toContain(": 0.000000001 USD\n1 organizations, 1 differences");
    await world.sql("SELECT post_adjustment($1, $2, 0, 'planted by a test', $2, 'usr_one', 'usr_two')", [
      organization.id,
      report.differences[0]?.id,
    ]);
    await expectClean(organization);
    expect(await runDev("dev/reconcile.ts", "--org", organization.id, "--json")).toMatchObject({ code: 0 });
  });
});

/** As nobody can but the owner with the guards off. */
async function plantInReceipt(receiptId: string): Promise<void> {
  const [row] = await world.sql<{ name: string }>(
    "SELECT tableoid::regclass::text AS name FROM usage_receipt WHERE receipt_id = $1",
    [receiptId],
  );
  const guard = (verb: string) => world.sql(`ALTER TABLE ${row?.name} ${verb} TRIGGER usage_receipt_row_append_only`);
  await guard("DISABLE");
  await world.sql(`UPDATE ${row?.name} SET cost_nano = cost_nano + 1 WHERE receipt_id = $1`, [receiptId]);
  await guard("ENABLE ALWAYS");
}
