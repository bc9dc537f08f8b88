import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  accountBooks,
  createAccountState,
  controlVersions,
  endedCalls,
  takeEffects,
  type AccountEvent,
  type Effects,
  type MetaRow,
} from "#admission";
import { nanoFromText } from "#kernel";
import { encodeFlush } from "#ledger";
import type { Database } from "#store";
import type { Logger } from "../../../workers/http/logger.ts";
import { projectOutbox } from "../../../workers/console/cron/project-outbox.ts";
import { reconcileDue, reconcilePage } from "../../../workers/console/cron/reconcile.ts";
import type { AccountReader, OrganizationReport } from "../../../workers/console/cron/reconcile-organization.ts";
import { DEADLINE_MS, TestAccount } from "../../unit/admission/account-fixture.ts";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../database.ts";
import { makeOrganization, testId } from "../receipts.ts";

let db: TestDatabase;
let orm: Database;
const accounts = new Map<string, TestAccount>();
const HOUR_MS = 3_600_000;
/** Their clocks run a while behind the database's, so that nothing of theirs is in its future. */
const BEHIND_MS = 2 * HOUR_MS;

const accountOf = (locator: string): TestAccount => {
  const account = accounts.get(locator);
  if (account === undefined) throw new Error("no object of that locator");
  return account;
};

const reader: AccountReader = {
  reconcile: async ({ locator }, question) => {
    const account = accountOf(locator);
    return accountBooks(account.state, question, account.context);
  },
  controlVersions: async ({ locator }) => controlVersions(accountOf(locator).state),
  endedCalls: async ({ locator }, question) => endedCalls(accountOf(locator).rows, question),
};

/** One organization with its object: the object is production's state machine over rows in memory. */
class Tenant {
  readonly id: string;
  readonly account: TestAccount;

  constructor(id: string, account: TestAccount) {
    this.id = id;
    this.account = account;
  }

  /** A call of that cost, ended. */
  call(costNano: bigint): string {
    const id = this.account.open(costNano);
    this.account.settle(id, costNano);
    return id;
  }

  /** Sends what waits to the ledger, and hears its answer unless that is lost. */
  async flush(hears = true): Promise<void> {
    const flush = this.account.freeze();
    if (flush === null) return;
    const payload = encodeFlush(flush.flushId, flush.orgId, flush.items);
    await db.query("select post_usage($1::jsonb)", [JSON.stringify(payload)], "gateway_app");
    if (hears) this.account.finish(flush.flushId, { ok: true });
  }

  async credit(amountNano: bigint, expiresAt: Date | null = null): Promise<void> {
    await db.query(
      "select post_credit($1, $2, $3, 'promo', null, $4)",
      [this.id, amountNano.toString(), testId("credit"), expiresAt?.toISOString() ?? null],
      "console_app",
    );
  }

  async adjust(differenceId: string, amountNano: bigint): Promise<Record<string, unknown>> {
    const [row] = await db.query<{ answer: Record<string, unknown> }>(
      "select post_adjustment($1, $2, $3, 'planted by a test', $2, 'usr_one', 'usr_two') as answer",
      [this.id, differenceId, amountNano.toString()],
    );
    if (row === undefined) throw new Error("no answer");
    return row.answer;
  }

  async reconcile(): Promise<OrganizationReport> {
    const nowMs = Date.now();
    const { organizations } = await reconcilePage({ db: orm, accounts: reader, nowMs }, { after: "", only: this.id });
    const [report] = organizations;
    if (report === undefined) throw new Error("no report");
    return report;
  }

  /** What differs, without ids: the kinds with their figures. */
  async differences() {
    const report = await this.reconcile();
    expect(report.state).toBe("compared");
    return report.differences.map(({ kind, amountNano, balanceNano, receiptId, transactionId }) => ({
      kind,
      amountNano,
      balanceNano,
      receiptId,
      transactionId,
    }));
  }

  /** Changes rows of the object's own, as nobody but a fault would, and loads them. */
  plantInObject(put: Partial<Effects["put"]>, remove: Partial<Effects["remove"]> = {}): void {
    const nothing = takeEffects(createAccountState());
    this.account.rows.apply({ ...nothing, put: { ...nothing.put, ...put }, remove: { ...nothing.remove, ...remove } });
    this.account.restart();
  }

  wallet(): Extract<MetaRow, { name: "wallet" }> {
    const row = this.account.rows.stored().meta.find((meta) => meta.name === "wallet");
    if (row?.name !== "wallet") throw new Error("no wallet");
    return row;
  }
}

const plus = (text: string, nano: bigint): string => (nanoFromText(text) + nano).toString();

/** Brings what the outbox holds to the objects, as the projector does. */
async function project(): Promise<void> {
  await projectOutbox(orm, async ({ locator }, events: readonly AccountEvent[]) => {
    accounts.get(locator)?.apply(events);
  });
}

async function makeTenant(creditNano = 1_000_000n): Promise<Tenant> {
  const { id, locator } = await makeOrganization(db);
  const account = new TestAccount({ orgId: id, random: (length) => randomBytes(length) });
  account.nowMs = Date.now() - BEHIND_MS;
  accounts.set(locator, account);
  const tenant = new Tenant(id, account);
  await tenant.credit(creditNano);
  await project();
  return tenant;
}

/** A tenant with a day behind it: posted calls, one swept and corrected, credit that ended. Reconciles without a difference. */
async function busyTenant(): Promise<Tenant & { readonly callId: string }> {
  const tenant = await makeTenant();
  await tenant.credit(500n, new Date(Date.now() + 1_000 * HOUR_MS));
  await project();
  const callId = tenant.call(1_500n);
  tenant.call(0n);
  await tenant.flush();
  const swept = tenant.account.open(800n);
  tenant.account.checkpoint(swept, 700n);
  tenant.account.nowMs += DEADLINE_MS;
  tenant.account.sweep();
  tenant.account.settle(swept, 650n);
  tenant.call(40n);
  await tenant.flush();
  return Object.assign(tenant, { callId });
}

/** Runs statements as the owner with the guards of some tables off. */
async function plant(tables: readonly string[], statements: readonly string[]): Promise<void> {
  const partitions = await db.query<{ name: string }>(
    "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'usage_receipt'::regclass",
  );
  const all = tables.flatMap((table) =>
    table === "usage_receipt" ? [table, ...partitions.map(({ name }) => name)] : [table],
  );
  // Disabled and enabled as they were: a plain `enable` would make them fire only in some modes.
  const guards = await db.query<{ relation: string; name: string; mode: string }>(
    `select tgrelid::regclass::text as relation, tgname as name, tgenabled::text as mode from pg_trigger
     where not tgisinternal and tgrelid::regclass::text = any($1)`,
    [all],
  );
  const words: Record<string, string> = { A: "enable always", O: "enable" };
  await db.transaction([
    ...guards.map(({ relation, name }) => `alter table only ${relation} disable trigger ${name}`),
    ...statements,
    ...guards.map(
      ({ relation, name, mode }) => `alter table only ${relation} ${words[mode] ?? "enable"} trigger ${name}`,
    ),
  ]);
}

async function transactionOf(receiptId: string): Promise<string> {
  const [row] = await db.query<{ id: string }>("select transaction_id as id from usage_receipt where receipt_id = $1", [
    receiptId,
  ]);
  return row?.id ?? "";
}

const pairIn = (transactionId: string, orgId: string, nano: bigint, line = 90): string[] => [
  `insert into ledger_entry (transaction_id, line, account_id, amount_nano)
     select '${transactionId}', ${line}, id, ${nano} from ledger_account where org_id = '${orgId}' and name = 'wallet'`,
  `insert into ledger_entry (transaction_id, line, account_id, amount_nano)
     select '${transactionId}', ${line + 1}, id, ${-nano} from ledger_account where org_id is null and name = 'usage_revenue'`,
];

/** Objects against the ledger, the same on PGlite and on real Postgres. */
export function registerReconcileSuite(): void {
  beforeAll(async () => {
    db = await openTestDatabase();
    orm = await db.asConsole();
  }, databaseStartMs);
  afterAll(async () => {
    await db.close();
  });
  describe("books that agree", registerAgreement);
  describe("a planted nano-USD is found, named, and closed by one adjustment", registerPlants);
  describe("what was found", registerRecords);
  describe("post_adjustment", registerAdjustments);
  describe("what an object was told and does not have", registerDrift);
  describe("the cron", registerCron);
}

function registerAgreement(): void {
  test("show no difference, whatever was posted, corrected and expired", async () => {
    const tenant = await busyTenant();
    const report = await tenant.reconcile();
    expect(report).toMatchObject({ state: "compared", differences: [], receiptsCompared: 4 });
    expect(report.metrics).toEqual({ settlementLagMs: 0, setAside: 0, leasesLost: 0, unobserved: 0 });
  });

  test("agree while receipts wait, while a flush's answer is lost, and while credit is on its way", async () => {
    const tenant = await busyTenant();
    tenant.call(70n);
    expect(await tenant.differences()).toEqual([]);
    await tenant.flush(false);
    tenant.call(9n);
    await tenant.credit(12_345n);
    expect(await tenant.differences()).toEqual([]);
    // Applied, and not yet marked so.
    await projectOutbox(orm, async ({ locator }, events) => {
      accounts.get(locator)?.apply(events);
      throw new Error("died before it could say so");
    });
    expect(await tenant.differences()).toEqual([]);
    await tenant.flush();
    expect(await tenant.differences()).toEqual([]);
  });

  test("agree while rows are set aside, which operators see", async () => {
    const tenant = await busyTenant();
    tenant.call(70n);
    for (let tries = 0; tries < 3; tries += 1) {
      const flush = tenant.account.freeze();
      tenant.account.finish(flush?.flushId ?? "", { ok: false, reason: "poison", sqlstate: "23514" });
      tenant.account.nowMs += HOUR_MS / 60;
    }
    const report = await tenant.reconcile();
    expect(report).toMatchObject({ state: "compared", differences: [], metrics: { setAside: 1 } });
  });

  test("show how far receipts are behind, and whose end nobody saw", async () => {
    const tenant = await busyTenant();
    tenant.account.open(5n);
    tenant.account.nowMs += DEADLINE_MS;
    tenant.account.sweep();
    tenant.account.nowMs += 90_000;
    expect((await tenant.reconcile()).metrics).toMatchObject({ settlementLagMs: 90_000, unobserved: 0 });
    await tenant.flush();
    expect((await tenant.reconcile()).metrics).toMatchObject({ settlementLagMs: 0, unobserved: 1 });
  });

  test("agree where credit ended, was held a while longer, and came with the next flush", async () => {
    const tenant = await makeTenant(10_000n);
    await tenant.credit(500n, new Date(Date.now() + HOUR_MS));
    await project();
    const held = tenant.account.open(10_400n);
    tenant.account.nowMs += BEHIND_MS + 2 * HOUR_MS;
    tenant.account.sweep();
    expect(await tenant.differences()).toEqual([]);
    tenant.account.settle(held, 100n);
    tenant.account.sweep();
    expect(await tenant.differences()).toEqual([]);
    await tenant.flush();
    expect(await tenant.differences()).toEqual([]);
    // What was called was paid from the credit that ended.
    expect(tenant.account.state.balanceNano).toBe(10_000n);
  });

  test("an organization that no object has heard of agrees with an empty one", async () => {
    const { id, locator } = await makeOrganization(db);
    const tenant = new Tenant(id, new TestAccount());
    await tenant.credit(77n);
    const empty = createAccountState();
    const nobody: AccountReader = {
      reconcile: async (_, question) => accountBooks(empty, question, tenant.account.context),
      controlVersions: async () => controlVersions(empty),
      endedCalls: async () => ({ calls: [], next: null }),
    };
    const { organizations } = await reconcilePage(
      { db: orm, accounts: nobody, nowMs: Date.now() },
      { after: "", only: id },
    );
    expect(organizations).toMatchObject([{ orgId: id, state: "compared", differences: [] }]);
    accounts.set(locator, tenant.account);
  });
}

interface Planted {
  readonly kind: string;
  readonly amountNano: bigint;
  readonly balanceNano: bigint;
  readonly receiptId?: string | null;
  readonly transactionId?: string | null;
}

/** It is found as that alone; one adjustment closes it, whichever side the operators believe; and it stays closed. */
async function expectFoundAndClosed(tenant: Tenant, planted: Planted, ledgerIsRight: boolean): Promise<void> {
  const whole = { receiptId: null, transactionId: null, ...planted };
  expect(await tenant.differences()).toEqual([whole]);
  const { differences } = await tenant.reconcile();
  await tenant.adjust(differences[0]?.id ?? "", ledgerIsRight ? 0n : planted.balanceNano);
  // Told and not yet applied, then applied.
  expect(await tenant.differences()).toEqual([]);
  await project();
  expect(await tenant.differences()).toEqual([]);
  tenant.call(33n);
  await tenant.flush();
  expect(await tenant.differences()).toEqual([]);
}

function registerPlants(): void {
  describe.each([1n, -1n])("%s", (nano) => {
    test("in a usage_receipt row: the receipt is named", async () => {
      const tenant = await busyTenant();
      const transactionId = await transactionOf(tenant.callId);
      await plant(
        ["usage_receipt"],
        [`update usage_receipt set cost_nano = cost_nano + ${nano} where receipt_id = '${tenant.callId}'`],
      );
      const planted = { kind: "receipt", amountNano: nano, balanceNano: 0n, receiptId: tenant.callId, transactionId };
      await expectFoundAndClosed(tenant, planted, true);
      // When the object has forgotten the call, what was closed still explains its posting.
      tenant.account.nowMs += 25 * HOUR_MS;
      tenant.account.prune();
      expect(tenant.account.rows.findEnded(tenant.callId)).toBeNull();
      expect(await tenant.differences()).toEqual([]);
    });

    test("in a usage_receipt row that the object has forgotten: the posting is named", async () => {
      const tenant = await busyTenant();
      const transactionId = await transactionOf(tenant.callId);
      tenant.account.nowMs += 25 * HOUR_MS;
      tenant.account.prune();
      await plant(
        ["usage_receipt"],
        [`update usage_receipt set cost_nano = cost_nano + ${nano} where receipt_id = '${tenant.callId}'`],
      );
      await expectFoundAndClosed(tenant, { kind: "posting", amountNano: -nano, balanceNano: 0n, transactionId }, true);
    });

    test.each([true, false])(
      "in a pair of entries, cached too: the posting is named (ledger is right: %s)",
      async (right) => {
        const tenant = await busyTenant();
        const transactionId = await transactionOf(tenant.callId);
        await db.transaction(pairIn(transactionId, tenant.id, nano));
        const planted = { kind: "posting", amountNano: nano, balanceNano: nano, transactionId };
        await expectFoundAndClosed(tenant, planted, right);
      },
    );

    test("in a pair of entries behind the triggers' back: the cache is found as well, and comes back with the adjustment", async () => {
      const tenant = await busyTenant();
      const transactionId = await transactionOf(tenant.callId);
      await plant(["ledger_entry"], pairIn(transactionId, tenant.id, nano));
      const { differences } = await tenant.reconcile();
      expect(differences).toMatchObject([
        { kind: "posting", amountNano: nano, balanceNano: nano, transactionId },
        { kind: "cache", amountNano: -nano, balanceNano: 0n },
      ]);
      await tenant.adjust(differences[0]?.id ?? "", nano);
      expect(await tenant.differences()).toEqual([]);
    });

    test("in one entry alone: the transaction that does not balance is named", async () => {
      const tenant = await busyTenant();
      const transactionId = await transactionOf(tenant.callId);
      const [entry = ""] = pairIn(transactionId, tenant.id, nano);
      await plant(["ledger_entry"], [entry]);
      const { differences } = await tenant.reconcile();
      expect(differences).toMatchObject([
        { kind: "posting", amountNano: nano, transactionId },
        { kind: "unbalanced", amountNano: nano, balanceNano: 0n, transactionId },
        { kind: "cache", amountNano: -nano },
      ]);
    });

    test("in the cached balance", async () => {
      const tenant = await busyTenant();
      await plant(
        ["ledger_balance"],
        [
          `update ledger_balance set balance_nano = balance_nano + ${nano}
             where account_id = (select id from ledger_account where org_id = '${tenant.id}' and name = 'wallet')`,
        ],
      );
      await expectFoundAndClosed(tenant, { kind: "cache", amountNano: nano, balanceNano: 0n }, true);
    });

    test("in the object's memory of a call: the receipt is named", async () => {
      const tenant = await busyTenant();
      const transactionId = await transactionOf(tenant.callId);
      const row = tenant.account.rows.findEnded(tenant.callId);
      if (row?.cost_nano === undefined) throw new Error("the cost is not remembered");
      tenant.plantInObject({ ended: [{ ...row, cost_nano: plus(row.cost_nano, nano) }] });
      const planted = { kind: "receipt", amountNano: -nano, balanceNano: 0n, receiptId: tenant.callId, transactionId };
      await expectFoundAndClosed(tenant, planted, true);
    });

    test.each([true, false])("in the object's balance (ledger is right: %s)", async (right) => {
      const tenant = await busyTenant();
      const wallet = tenant.wallet();
      tenant.plantInObject({ meta: [{ ...wallet, balance_nano: plus(wallet.balance_nano, nano) }] });
      await expectFoundAndClosed(tenant, { kind: "memory", amountNano: nano, balanceNano: nano }, right);
    });

    test("in what the object says it took", async () => {
      const tenant = await busyTenant();
      const wallet = tenant.wallet();
      if (wallet.taken === undefined) throw new Error("nothing was counted");
      const taken = { ...wallet.taken, receipts_nano: plus(wallet.taken.receipts_nano, nano) };
      tenant.plantInObject({ meta: [{ ...wallet, taken }] });
      await expectFoundAndClosed(tenant, { kind: "memory", amountNano: nano, balanceNano: 0n }, true);
    });

    test("in a credit and the balance of the object", async () => {
      const tenant = await busyTenant();
      const wallet = tenant.wallet();
      const credit = tenant.account.rows.stored().credits.find(({ entry_id }) => entry_id.startsWith("crd_"));
      if (credit === undefined) throw new Error("no credit");
      tenant.plantInObject({
        meta: [{ ...wallet, balance_nano: plus(wallet.balance_nano, nano) }],
        credits: [{ ...credit, amount_nano: plus(credit.amount_nano, nano) }],
      });
      await expectFoundAndClosed(tenant, { kind: "credit", amountNano: nano, balanceNano: nano }, true);
    });

    test("in the balance of a credit's posting", async () => {
      const tenant = await busyTenant();
      const [row] = await db.query<{ id: string }>("select transaction_id as id from wallet_credit where org_id = $1", [
        tenant.id,
      ]);
      const transactionId = row?.id ?? "";
      await db.transaction(pairIn(transactionId, tenant.id, nano));
      await expectFoundAndClosed(
        tenant,
        { kind: "posting", amountNano: nano, balanceNano: nano, transactionId },
        false,
      );
    });
  });

  test.each([0n, 70n])(
    "a receipt of %s that left the outbox and never reached the ledger is named",
    async (costNano) => {
      const tenant = await busyTenant();
      const receiptId = tenant.call(costNano);
      const row = tenant.account.rows.findOutbox(receiptId);
      tenant.plantInObject({}, { outbox: [row?.seq ?? 0] });
      const planted = { kind: "missing", amountNano: -costNano, balanceNano: -costNano, receiptId };
      await expectFoundAndClosed(tenant, planted, true);
    },
  );

  test("two at once are two", async () => {
    const tenant = await busyTenant();
    const wallet = tenant.wallet();
    const transactionId = await transactionOf(tenant.callId);
    tenant.plantInObject({ meta: [{ ...wallet, balance_nano: plus(wallet.balance_nano, 3n) }] });
    await db.transaction(pairIn(transactionId, tenant.id, 5n));
    const { differences } = await tenant.reconcile();
    expect(differences).toMatchObject([
      { kind: "memory", amountNano: 3n, balanceNano: 3n },
      { kind: "posting", amountNano: 5n, balanceNano: 5n, transactionId },
    ]);
    await tenant.adjust(differences[0]?.id ?? "", 0n);
    await tenant.adjust(differences[1]?.id ?? "", 5n);
    await project();
    expect(await tenant.differences()).toEqual([]);
  });

  test("where the causes do not make up the balance, the balance is a difference of its own", async () => {
    const tenant = await busyTenant();
    // An entry that no transaction of the organization's says anything of.
    const other = await busyTenant();
    await db.transaction(pairIn(await transactionOf(other.callId), tenant.id, 2n));
    await expectFoundAndClosed(tenant, { kind: "balance", amountNano: 2n, balanceNano: 2n }, false);
    expect(await other.differences()).toEqual([]);
  });
}

function registerRecords(): void {
  test("is recorded once while it is open, and anew where it comes again after it was closed", async () => {
    const tenant = await busyTenant();
    const plantOne = (): void => {
      const wallet = tenant.wallet();
      tenant.plantInObject({ meta: [{ ...wallet, balance_nano: plus(wallet.balance_nano, 1n) }] });
    };
    plantOne();
    const [first, again] = [await tenant.reconcile(), await tenant.reconcile()];
    expect(first.differences).toMatchObject([{ kind: "memory", isNew: true }]);
    expect(again.differences).toMatchObject([{ id: first.differences[0]?.id, isNew: false }]);
    await tenant.adjust(first.differences[0]?.id ?? "", 0n);
    await project();
    plantOne();
    const later = await tenant.reconcile();
    expect(later.differences).toMatchObject([{ kind: "memory", amountNano: 1n, balanceNano: 1n, isNew: true }]);
    expect(later.differences[0]?.id).not.toBe(first.differences[0]?.id);
    const rows = await db.query("select kind from reconcile_difference where org_id = $1", [tenant.id]);
    expect(rows).toHaveLength(2);
  });

  test("of one organization is nobody else's", async () => {
    const [one, other] = [await busyTenant(), await busyTenant()];
    const wallet = one.wallet();
    one.plantInObject({ meta: [{ ...wallet, balance_nano: plus(wallet.balance_nano, 1n) }] });
    expect(await other.differences()).toEqual([]);
    expect(await one.differences()).toHaveLength(1);
  });

  test.each(["reconcile_difference", "ledger_adjustment"])("in %s is never changed (PR007)", async (table) => {
    for (const statement of [`update ${table} set id = id`, `delete from ${table}`, `truncate ${table} cascade`]) {
      await expect(db.query(statement)).rejects.toMatchObject({ code: "PR007" });
    }
  });

  test.each([
    ["an unknown kind", { kind: "odd" }, "23514"],
    ["a receipt without its name", { kind: "receipt" }, "23514"],
    ["nothing", { amount_nano: "0" }, "23514"],
    ["half a nano-USD", { amount_nano: "0.5" }, "22P02"],
  ])("is refused as %s", async (_, change, code) => {
    const { id } = await makeOrganization(db);
    const row = { kind: "memory", amount_nano: "1", balance_nano: "1", receipt_id: null, transaction_id: null };
    await expect(
      db.query("select record_differences($1, $2)", [id, JSON.stringify([{ ...row, ...change }])], "console_app"),
    ).rejects.toMatchObject({ code });
  });
}

function registerAdjustments(): void {
  /** A tenant with one open difference of 1 nano-USD. */
  async function withDifference(): Promise<{ readonly tenant: Tenant; readonly differenceId: string }> {
    const tenant = await busyTenant();
    const wallet = tenant.wallet();
    tenant.plantInObject({ meta: [{ ...wallet, balance_nano: plus(wallet.balance_nano, 1n) }] });
    const { differences } = await tenant.reconcile();
    return { tenant, differenceId: differences[0]?.id ?? "" };
  }
  const post = (parameters: readonly unknown[]) =>
    db.query<{ answer: Record<string, unknown> }>(
      "select post_adjustment($1, $2, $3, $4, $5, $6, $7) as answer",
      parameters,
    );

  test("posts to suspense, tells the object, and answers the same again", async () => {
    const { tenant, differenceId } = await withDifference();
    const key = testId("adjustment");
    const parameters = [tenant.id, differenceId, "-40", "why", key, "usr_a", "usr_b"];
    const [first] = await post(parameters);
    const [again] = await post(parameters);
    expect(again?.answer).toEqual({ ...first?.answer, repeated: true });
    expect(first?.answer).toMatchObject({ amount_nano: "-40", object_nano: "-41", repeated: false });
    const legs = await db.query(
      `select a.name, e.amount_nano::text as amount, t.kind from ledger_entry e join ledger_account a on a.id = e.account_id
       join ledger_transaction t on t.id = e.transaction_id where e.transaction_id = $1 order by 1`,
      [first?.answer["transaction_id"]],
    );
    expect(legs).toEqual([
      { name: "suspense", amount: "-40", kind: "adjustment" },
      { name: "wallet", amount: "40", kind: "adjustment" },
    ]);
    const before = tenant.account.state.balanceNano;
    await project();
    await project();
    expect(tenant.account.state.balanceNano - before).toBe(-41n);
    expect(await tenant.differences()).toEqual([]);
  });

  test("that moves nothing in the ledger posts no entry, and is a transaction all the same", async () => {
    const { tenant, differenceId } = await withDifference();
    const answer = await tenant.adjust(differenceId, 0n);
    const entries = await db.query("select line from ledger_entry where transaction_id = $1", [
      answer["transaction_id"],
    ]);
    expect([entries, answer["object_nano"]]).toEqual([[], "-1"]);
  });

  test("closes a difference once", async () => {
    const { tenant, differenceId } = await withDifference();
    await tenant.adjust(differenceId, 0n);
    await expect(
      post([tenant.id, differenceId, "0", "why", testId("adjustment"), "usr_a", "usr_b"]),
    ).rejects.toMatchObject({
      code: "PR002",
    });
  });

  test.each([
    ["one operator alone", { 5: "usr_a", 6: "usr_a" }, "PR002"],
    ["nobody to approve it", { 6: null }, "PR002"],
    ["an operator that is a text", { 5: "Jo Doe <jo@example.com>" }, "PR002"],
    ["no reason", { 3: " " }, "PR002"],
    ["a reason that is a novel", { 3: "a".repeat(501) }, "PR002"],
    ["no idempotency key", { 4: "" }, "PR002"],
    ["no amount", { 2: null }, "PR002"],
    ["more than a million USD", { 2: "1000000000000001" }, "PR002"],
    ["less than minus a million USD", { 2: "-1000000000000001" }, "PR002"],
    ["half a nano-USD", { 2: "0.5" }, "22P02"],
    ["a difference that is none", { 1: testId("difference") }, "PR002"],
    ["an organization that is none", { 0: testId("organization") }, "PR004"],
  ])("refuses %s", async (_, change, code) => {
    const { tenant, differenceId } = await withDifference();
    const parameters: unknown[] = [tenant.id, differenceId, "1", "why", testId("adjustment"), "usr_a", "usr_b"];
    for (const [index, value] of Object.entries(change)) parameters[Number(index)] = value;
    await expect(post(parameters)).rejects.toMatchObject({ code });
    expect(await db.query("select id from ledger_adjustment where org_id = $1", [tenant.id])).toEqual([]);
  });

  test("refuses another organization's difference, and a key that came before with another amount (PR001)", async () => {
    const [{ tenant, differenceId }, other] = [await withDifference(), await busyTenant()];
    await expect(
      post([other.id, differenceId, "1", "why", testId("adjustment"), "usr_a", "usr_b"]),
    ).rejects.toMatchObject({
      code: "PR002",
    });
    const key = testId("adjustment");
    await post([tenant.id, differenceId, "1", "why", key, "usr_a", "usr_b"]);
    await expect(post([tenant.id, differenceId, "2", "why", key, "usr_a", "usr_b"])).rejects.toMatchObject({
      code: "PR001",
    });
  });
}

const everybodyHadATurn = () =>
  db.query(
    `insert into reconcile_progress (org_id, checked_at) select id, now() from organization
     on conflict (org_id) do update set checked_at = now()`,
  );

function registerDrift(): void {
  let keys = 0;
  async function addKey(orgId: string): Promise<string> {
    keys += 1;
    const id = testId("apiKey");
    await db.query(
      `insert into api_key (id, org_id, name, prefix, last_four, key_hash, pepper_version, mode, scopes)
       values ($1, $2, 'Told', 'prism_live_g1', 'abcd', $3, '1', 'live', '{inference}')`,
      [id, orgId, `dd${String(keys).padStart(62, "0")}`],
      "console_app",
    );
    return id;
  }
  /** As a restore of the object to an earlier day, or a row that was marked by mistake: nobody will tell it by itself. */
  const loseEvents = (orgId: string) =>
    db.query("update control_outbox set applied_at = now() where org_id = $1 and applied_at is null", [orgId]);
  const driftOf = async (tenant: Tenant) => (await tenant.reconcile()).drifted;

  test("is found, told again, and gone: a key, and the organization itself", async () => {
    const tenant = await makeTenant();
    expect(await driftOf(tenant)).toBe(0);
    const key = await addKey(tenant.id);
    await db.query("update organization set strict = true where id = $1", [tenant.id], "console_app");
    await loseEvents(tenant.id);
    expect(await driftOf(tenant)).toBe(2);
    // What is on its way is no drift, and is not told a third time.
    expect(await driftOf(tenant)).toBeNull();
    await project();
    expect(await driftOf(tenant)).toBe(0);
    expect([...tenant.account.state.keys.values()].map(({ record }) => record.id)).toContain(key);
    expect(tenant.account.state.organization?.strict).toBe(true);
  });

  test("is not a key that was revoked: the object may have forgotten it", async () => {
    const tenant = await makeTenant();
    const key = await addKey(tenant.id);
    await loseEvents(tenant.id);
    await db.query("update api_key set status = 'revoked' where id = $1", [key], "console_app");
    await loseEvents(tenant.id);
    expect(await driftOf(tenant)).toBe(0);
  });

  test("is logged as an error, with how much it was", async () => {
    await everybodyHadATurn();
    const tenant = await makeTenant();
    await addKey(tenant.id);
    await loseEvents(tenant.id);
    const lines: unknown[] = [];
    await reconcileDue({
      db: orm,
      accounts: reader,
      clock: () => Date.now(),
      logger: (_, line) => void lines.push(line),
    });
    expect(lines).toContainEqual({ message: "account_drifted", org_id: tenant.id, drifted: 1 });
  });
}

function registerCron(): void {
  const lines: Record<string, unknown>[] = [];
  const logger: Logger = (level, line) => void lines.push({ level, ...line });
  const run = async (accountReader: AccountReader, nowMs: number): Promise<void> => {
    lines.length = 0;
    await reconcileDue({ db: orm, accounts: accountReader, clock: () => nowMs, logger });
  };

  test("takes those whose turn it is, names what differs in its log, and forgets nobody", async () => {
    await everybodyHadATurn();
    const [fine, off] = [await busyTenant(), await busyTenant()];
    const transactionId = await transactionOf(off.callId);
    await plant(
      ["usage_receipt"],
      [`update usage_receipt set cost_nano = cost_nano + 1 where receipt_id = '${off.callId}'`],
    );
    await run(reader, Date.now());
    expect(lines).toEqual([
      {
        level: "error",
        message: "reconcile_difference",
        org_id: off.id,
        kind: "receipt",
        amount_nano: "1",
        request_id: off.callId,
      },
      { level: "error", message: "books_reconciled", compared: 2, differences: 1, failed: 0 },
    ]);
    await run(reader, Date.now());
    expect(lines).toEqual([]);
    // Six hours on everybody has another turn; what is known is not news.
    await db.query("update reconcile_progress set checked_at = now() - interval '7 hours' where org_id = any($1)", [
      [fine.id, off.id],
    ]);
    await run(reader, Date.now());
    expect(lines).toEqual([{ level: "error", message: "books_reconciled", compared: 2, differences: 1, failed: 0 }]);
    const { differences } = await off.reconcile();
    expect(differences).toMatchObject([{ transactionId }]);
    await off.adjust(differences[0]?.id ?? "", 0n);
  });

  test("goes on in the next run with an organization whose calls were too many for a turn", async () => {
    await everybodyHadATurn();
    await busyTenant();
    const asked: number[] = [];
    // Ten pages of none, and an eleventh with its call: as if as many calls came before it.
    const many: AccountReader = {
      ...reader,
      endedCalls: async (account, question) => {
        if ("ids" in question) return reader.endedCalls(account, question);
        asked.push(question.after);
        const isEnough = question.after >= 10;
        return isEnough
          ? reader.endedCalls(account, { ...question, after: 0 })
          : { calls: [], next: question.after + 1 };
      },
    };
    await run(many, Date.now());
    expect(asked).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await run(many, Date.now());
    expect(asked.slice(10)).toEqual([10]);
    expect(lines).toEqual([{ level: "info", message: "books_reconciled", compared: 1, differences: 0, failed: 0 }]);
    await run(many, Date.now());
    expect(asked.slice(11)).toEqual([]);
  });

  test("in its window finds a posting of receipts that are older than the window whole", async () => {
    await everybodyHadATurn();
    const tenant = await makeTenant();
    // A database that was away for three days.
    tenant.account.nowMs -= 72 * HOUR_MS;
    tenant.call(77n);
    tenant.account.nowMs += 72 * HOUR_MS;
    await tenant.flush();
    await run(reader, Date.now());
    expect(lines).toEqual([{ level: "info", message: "books_reconciled", compared: 1, differences: 0, failed: 0 }]);
  });

  test("an object that does not answer keeps nobody else from a turn, and has its own again", async () => {
    await everybodyHadATurn();
    const [silent, fine] = [await busyTenant(), await busyTenant()];
    const deaf: AccountReader = {
      ...reader,
      reconcile: async (account, question) => {
        if (account.locator === silent.id.slice(-17)) throw new Error("not reached");
        return reader.reconcile(account, question);
      },
    };
    await run(deaf, Date.now());
    expect(lines).toEqual([
      { level: "warn", message: "books_not_compared_unreachable", org_id: silent.id },
      { level: "info", message: "books_reconciled", compared: 1, differences: 0, failed: 1 },
    ]);
    expect((await fine.reconcile()).state).toBe("compared");
  });

  test("an object that never stands still is not compared, and not called different", async () => {
    const tenant = await busyTenant();
    const restless: AccountReader = {
      ...reader,
      reconcile: async (account, question) => {
        const books = await reader.reconcile(account, question);
        tenant.call(1n);
        await tenant.flush();
        return books;
      },
    };
    const { organizations } = await reconcilePage(
      { db: orm, accounts: restless, nowMs: Date.now() },
      { after: "", only: tenant.id },
    );
    expect(organizations).toMatchObject([{ state: "moving", differences: [] }]);
    expect(await tenant.differences()).toEqual([]);
  });

  test("an object whose outbox is too long to add up is not compared, and its lag is shown", async () => {
    const tenant = await busyTenant();
    const behind: AccountReader = {
      ...reader,
      reconcile: async (account, question) => ({
        ...(await reader.reconcile(account, question)),
        waiting: null,
        settlementLagMs: 3 * HOUR_MS,
      }),
    };
    const { organizations } = await reconcilePage(
      { db: orm, accounts: behind, nowMs: Date.now() },
      { after: "", only: tenant.id },
    );
    expect(organizations).toMatchObject([{ state: "behind", metrics: { settlementLagMs: 3 * HOUR_MS } }]);
  });

  test("walks all organizations in pages", async () => {
    const [row] = await db.query<{ n: number }>("select count(*)::int as n from organization");
    const seen: string[] = [];
    let after: string | null = "";
    for (let page = 0; page < 100 && after !== null; page += 1) {
      const report: Awaited<ReturnType<typeof reconcilePage>> = await reconcilePage(
        { db: orm, accounts: reader, nowMs: Date.now() },
        { after, only: null },
      );
      expect(report.organizations.length).toBeLessThanOrEqual(20);
      seen.push(...report.organizations.map(({ orgId }) => orgId));
      after = report.next;
    }
    expect([new Set(seen).size, seen.length]).toEqual([row?.n, row?.n]);
  });
}
