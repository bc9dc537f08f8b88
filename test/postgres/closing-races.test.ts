import { afterAll, beforeAll, expect, test } from "vitest";
import { acceptInvitation, closeAccount, type Database } from "#store";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../support/database.ts";
import { makeOrganization, testId } from "../support/receipts.ts";

const ROUNDS = 60;
const HASH_CHARACTERS = 43;

let db: TestDatabase;
let consoles: readonly [Database, Database];

beforeAll(async () => {
  db = await openTestDatabase();
  // Connections of their own, as two Workers have.
  consoles = [await db.asConsole(), await db.asConsole()];
}, databaseStartMs);
afterAll(async () => {
  await db.close();
});

async function makeUser(email: string): Promise<string> {
  const id = testId("user");
  await db.query(
    `insert into account_user (id, name, email, email_verified, attested_adult_at, policy_version, policy_accepted_at)
     values ($1, 'Ada', $2, true, now(), '1', now())`,
    [id, email],
  );
  return id;
}

/** Who is refused because the organization closes; anything else, a deadlock above all, fails the test. */
async function orGone(work: Promise<string | null>): Promise<string | null> {
  try {
    return await work;
  } catch (error) {
    const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
    expect(cause).toMatchObject({ code: "PR010" });
    return null;
  }
}

test("an invitation that is accepted while the owner closes their account leaves no organization without an owner", async () => {
  const seen = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const { id: org } = await makeOrganization(db);
    const email = `guest-${round}@example.test`;
    const [ownerId, guestId] = [await makeUser(`owner-${round}@example.test`), await makeUser(email)];
    const [ownerMember, tokenHash] = [testId("member"), String(round).padStart(HASH_CHARACTERS, "A")];
    await db.query("insert into member (id, org_id, user_id, role) values ($1, $2, $3, 'owner')", [
      ownerMember,
      org,
      ownerId,
    ]);
    await db.query(
      `insert into invitation (id, org_id, email, role, token_hash, invited_by, expires_at)
       values ($1, $2, $3, 'viewer', $4, $5, now() + interval '1 day')`,
      [testId("invitation"), org, email, tokenHash, ownerMember],
    );
    const acceptance = { tokenHash, userId: guestId, email, memberId: testId("member"), now: new Date() };
    const [first, second] = consoles;
    const begin = [
      () => closeAccount(first, ownerId, new Date(Date.now() + 86_400_000)),
      () => orGone(acceptInvitation(second, acceptance)),
    ] as const;
    // Each goes first as often as the other.
    const accepting = round % 2 === 0 ? begin[1]() : null;
    const [shared, joined] = await Promise.all([begin[0](), accepting ?? begin[1]()]);
    expect(joined === null ? [] : [org]).toEqual(shared);
    const live = await db.query("select role from member where org_id = $1 and left_at is null order by role", [org]);
    expect(live).toEqual(joined === null ? [] : [{ role: "owner" }, { role: "viewer" }]);
    seen.add(joined === null ? "closed" : "joined");
  }
  expect(seen).toContain("closed");
});
