import type { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { AccountEvent } from "#admission";
import { countOutbox, OUTBOX_MAX_TRIES, retrySetAsideEvents, type Database } from "#store";
import {
  ApplyRefused,
  projectOutbox,
  retryWaitMs,
  type ApplyEvents,
} from "../../../workers/console/cron/project-outbox.ts";
import { databaseStartMs } from "../../support/database.ts";
import { openMigratedPglite } from "../../support/migrated-pglite.ts";
import { testId } from "../../support/receipts.ts";

let pglite: PGlite;
let db: Database;
let applied: { account: string; events: readonly AccountEvent[] }[];

beforeAll(async () => {
  pglite = await openMigratedPglite();
  db = drizzle(pglite);
}, databaseStartMs);
afterAll(async () => {
  await pglite.close();
});
beforeEach(async () => {
  await pglite.exec("reset role; truncate control_outbox");
  // What the projector may do is what the console's role may do.
  await pglite.exec("set role console_app");
  applied = [];
});

const accept: ApplyEvents = async ({ region, locator }, events) => {
  applied.push({ account: `${region}:${locator}`, events });
};

async function addOrganization(region: "g" | "e" = "g") {
  const id = testId("organization");
  const locator = id.slice(-17);
  await pglite.query("insert into organization (id, name, locator, region) values ($1, 'T', $2, $3)", [
    id,
    locator,
    region,
  ]);
  return { id, account: `${region}:${locator}` };
}

const addCredit = (orgId: string, amount = "5") =>
  pglite.query("select post_credit($1, $2, $3, 'promo')", [orgId, amount, testId("credit")]);
const waitIsOver = () => pglite.query("update control_outbox set next_try_at = now() where applied_at is null");
const rowsOf = async (orgId: string) =>
  (
    await pglite.query<{ tries: number; last_error_code: string | null; done: boolean; waits: boolean }>(
      "select tries, last_error_code, applied_at is not null as done, next_try_at > now() as waits from control_outbox where org_id = $1 order by seq",
      [orgId],
    )
  ).rows;

test("brings each organization's events, oldest first, to the object of its region and locator", async () => {
  const one = await addOrganization();
  const other = await addOrganization("e");
  await addCredit(one.id, "999999999999999");
  expect(await projectOutbox(db, accept)).toEqual({ applied: 3, failed: 0, waiting: 0, setAside: 0 });
  expect(applied).toEqual([
    {
      account: one.account,
      events: [
        {
          type: "organization",
          version: 1,
          organization: {
            id: one.id,
            status: "active",
            policy: null,
            models: null,
            ipAllow: null,
            strict: false,
            timeZone: "UTC",
          },
        },
        {
          type: "credit",
          entryId: expect.stringMatching(/^crd_/),
          amountNano: 999999999999999n,
          priority: 10,
          expiresAtMs: null,
        },
      ],
    },
    {
      account: other.account,
      events: [
        {
          type: "organization",
          version: 1,
          organization: {
            id: other.id,
            status: "active",
            policy: null,
            models: null,
            ipAllow: null,
            strict: false,
            timeZone: "UTC",
          },
        },
      ],
    },
  ]);
});

test("a second run has nothing to do", async () => {
  await addOrganization();
  await projectOutbox(db, accept);
  applied = [];
  expect(await projectOutbox(db, accept)).toEqual({ applied: 0, failed: 0, waiting: 0, setAside: 0 });
  expect(applied).toEqual([]);
});

test("an organization that cannot be reached holds up no other, and is tried again after a wait", async () => {
  const broken = await addOrganization();
  const healthy = await addOrganization();
  const failing: ApplyEvents = async (account, events) => {
    if (broken.account === `g:${account.locator}`) throw new Error("unreachable");
    await accept(account, events);
  };
  expect(await projectOutbox(db, failing)).toMatchObject({ applied: 1, failed: 1, waiting: 1 });
  expect(applied.map(({ account }) => account)).toEqual([healthy.account]);
  expect(await rowsOf(broken.id)).toEqual([
    { tries: 1, last_error_code: "account_unavailable", done: false, waits: true },
  ]);
  // Before its wait is over it is left alone; then it is applied.
  expect(await projectOutbox(db, accept)).toMatchObject({ applied: 0, waiting: 1 });
  await waitIsOver();
  expect(await projectOutbox(db, accept)).toMatchObject({ applied: 1, waiting: 0 });
  expect(await rowsOf(broken.id)).toMatchObject([{ done: true, last_error_code: null }]);
});

test("an event that the object refuses goes alone after three tries, so that the others get through", async () => {
  const { id } = await addOrganization();
  await addCredit(id, "13");
  await addCredit(id, "5");
  const refusesThirteen: ApplyEvents = async (account, events) => {
    if (events.some((event) => event.type === "credit" && event.amountNano === 13n)) throw new Error("refused");
    await accept(account, events);
  };
  for (let round = 0; round < 4; round += 1) {
    await projectOutbox(db, refusesThirteen);
    await waitIsOver();
  }
  expect((await rowsOf(id)).map(({ done }) => done)).toEqual([true, false, true]);
});

test("what an object refuses a batch for is written down for operators", async () => {
  const { id } = await addOrganization();
  await projectOutbox(db, () => Promise.reject(new ApplyRefused("too_many_keys")));
  expect(await rowsOf(id)).toMatchObject([{ done: false, tries: 1, last_error_code: "too_many_keys" }]);
});

test("a payload that is not known here waits for a later version, with tries that end, and its organization goes on", async () => {
  const { id } = await addOrganization();
  await pglite.exec("reset role");
  await pglite.query(
    "insert into control_outbox (org_id, type, payload) values ($1, 'credit', '{\"amountNano\": 5}')",
    [id],
  );
  await pglite.exec("set role console_app");
  expect(await projectOutbox(db, accept)).toEqual({ applied: 1, failed: 1, waiting: 1, setAside: 0 });
  expect(await rowsOf(id)).toMatchObject([
    { done: true },
    { done: false, last_error_code: "invalid_payload", tries: 1, waits: true },
  ]);
  await pglite.query("update control_outbox set tries = $1 where applied_at is null", [OUTBOX_MAX_TRIES - 1]);
  await waitIsOver();
  expect(await projectOutbox(db, accept)).toMatchObject({ failed: 1, waiting: 0, setAside: 1 });
});

test("tries are bounded, and rows that were given up can be put back in line", async () => {
  const { id } = await addOrganization();
  await pglite.query("update control_outbox set tries = $1 where org_id = $2", [OUTBOX_MAX_TRIES - 1, id]);
  const unreachable: ApplyEvents = () => Promise.reject(new Error("unreachable"));
  expect(await projectOutbox(db, unreachable)).toMatchObject({ failed: 1, waiting: 0, setAside: 1 });
  await waitIsOver();
  expect(await projectOutbox(db, accept)).toMatchObject({ applied: 0, setAside: 1 });
  expect(await retrySetAsideEvents(db)).toBe(1);
  expect(await countOutbox(db)).toEqual({ waiting: 1, setAside: 0 });
  expect(await projectOutbox(db, accept)).toMatchObject({ applied: 1, setAside: 0 });
});

test("a run that dies between applying and marking repeats the events", async () => {
  await addOrganization();
  const diesAfter: Database = Object.create(db, {
    update: {
      value: () => {
        throw new Error("killed");
      },
    },
  });
  await expect(projectOutbox(diesAfter, accept)).rejects.toThrow("killed");
  await projectOutbox(db, accept);
  expect(applied).toHaveLength(2);
  expect(applied[0]).toEqual(applied[1]);
});

test("a long backlog of one organization does not hide another's events", async () => {
  const long = await addOrganization();
  for (let index = 0; index < 120; index += 1) await addCredit(long.id);
  const late = await addOrganization();
  await projectOutbox(db, accept);
  expect(applied.slice(0, 2).map(({ account, events }) => [account, events.length])).toEqual([
    [long.account, 100],
    [late.account, 1],
  ]);
  expect(applied.flatMap(({ events }) => events)).toHaveLength(122);
});

test("waits double from two seconds up to a quarter of an hour", () => {
  expect([1, 2, 3, 9, 10, 50, OUTBOX_MAX_TRIES].map(retryWaitMs)).toEqual([
    2_000, 4_000, 8_000, 512_000, 900_000, 900_000, 900_000,
  ]);
});
