import { afterAll, beforeAll, expect, test } from "vitest";
import { beginRequest, endRequest, purgeEnded, type Database } from "#store";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../../support/database.ts";

let db: TestDatabase;
let store: Database;

beforeAll(async () => {
  db = await openTestDatabase();
  store = await db.asConsole();
}, databaseStartMs);
afterAll(() => db.close());

const hash = (digit: string): string => digit.repeat(64);

const forget = (limit: number): Promise<number> => purgeEnded(store, "idempotent_request", new Date(), limit);

test("forgetting takes what is a day old, the oldest first, so many at a time, and leaves the rest", async () => {
  for (const digit of ["1", "2", "3"]) await beginRequest(store, hash(digit), hash("a"));
  await db.query("update idempotent_request set created_at = now() - interval '25 hours' where id <> $1", [hash("3")]);
  await db.query("update idempotent_request set created_at = now() - interval '26 hours' where id = $1", [hash("2")]);
  const ids = async () => (await db.query<{ id: string }>("select id from idempotent_request")).map(({ id }) => id);
  expect([await forget(1), (await ids()).includes(hash("2"))]).toEqual([1, false]);
  expect(await forget(10)).toBe(1);
  expect(await ids()).toEqual([hash("3")]);
});

test("a key is one request's: the next is told of it, until it is given back", async () => {
  expect(await beginRequest(store, hash("5"), hash("a"))).toBeNull();
  expect(await beginRequest(store, hash("5"), hash("b"))).toEqual({ inputHash: hash("a"), sealedAnswer: null });
  await endRequest(store, hash("5"), "sealed");
  expect(await beginRequest(store, hash("5"), hash("b"))).toEqual({ inputHash: hash("a"), sealedAnswer: "sealed" });
  await endRequest(store, hash("5"), null);
  expect(await beginRequest(store, hash("5"), hash("b"))).toBeNull();
});
