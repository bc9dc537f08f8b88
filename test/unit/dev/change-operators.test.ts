import { afterAll, beforeAll, expect, test } from "vitest";
import { changeOperators } from "../../../dev/operators/change-operators.ts";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { testId } from "../../support/receipts.ts";

let db: TestDatabase;
const userId = testId("user");

beforeAll(async () => {
  db = await openTestDatabase();
  await db.query(
    `insert into account_user (id, name, email, email_verified, attested_adult_at, policy_version, policy_accepted_at)
     values ($1, 'Ada', 'ada@example.test', true, now(), '1', now())`,
    [userId],
  );
}, databaseStartMs);
afterAll(() => db.close());

const run = (...words: readonly string[]): Promise<string> =>
  changeOperators((sql, params) => db.query(sql, params), words);

test("an operator is made of a confirmed account, given another role, listed and revoked; the log has it all", async () => {
  expect(await run("list")).toBe("There are no operators.");
  expect(await run("grant", "ADA@example.test", "finance")).toContain(`(${userId}) is an operator: finance`);
  await run("grant", "ada@example.test", "admin");
  expect(await run("list")).toBe(`${userId}  admin    ada@example.test`);
  await run("revoke", "ada@example.test");
  expect(await run("list")).toContain("(revoked)");
  await run("grant", "ada@example.test", "support");
  expect(await run("list")).toBe(`${userId}  support  ada@example.test`);
  const log = await db.query<{ action: string }>(
    "select action from audit_entry where action like 'operator.%' order by seq",
  );
  expect(log.map(({ action }) => action)).toEqual([
    "operator.created",
    "operator.updated",
    "operator.revoked",
    expect.stringMatching(/^operator\./),
  ]);
});

test.each([
  ["of nobody", ["grant", "nobody@example.test", "admin"], "nobody with a confirmed account"],
  ["of a role that is none", ["grant", "ada@example.test", "root"], "npm run operator"],
  ["that is none", ["promote"], "npm run operator"],
  ["without words", [], "npm run operator"],
])("a command %s is refused, and says why", async (_, words, message) => {
  await expect(run(...words)).rejects.toThrow(message);
});
