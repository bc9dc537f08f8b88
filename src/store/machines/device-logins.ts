import { and, eq, gt, sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../control-outbox.ts";
import { deviceLogin } from "../schema/index.ts";

export interface NewDeviceLogin {
  readonly id: string;
  readonly deviceCodeHash: string;
  readonly userCodeHash: string;
  readonly clientName: string;
  readonly permissions: readonly string[];
  readonly ipAddress: string | null;
  readonly intervalSeconds: number;
  readonly expiresAt: Date;
}

export async function createDeviceLogin(db: Database, login: NewDeviceLogin): Promise<void> {
  await db.insert(deviceLogin).values({ ...login, permissions: [...login.permissions] });
}

export interface WaitingLogin {
  readonly id: string;
  readonly clientName: string;
  readonly permissions: readonly string[];
  readonly ipAddress: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** The login behind a code that somebody typed, while it waits for an answer; null otherwise. */
export async function findDeviceLogin(db: Database, userCodeHash: string, now: Date): Promise<WaitingLogin | null> {
  const [row] = await db
    .select({
      id: deviceLogin.id,
      clientName: deviceLogin.clientName,
      permissions: deviceLogin.permissions,
      ipAddress: deviceLogin.ipAddress,
      createdAt: deviceLogin.createdAt,
      expiresAt: deviceLogin.expiresAt,
    })
    .from(deviceLogin)
    .where(
      and(
        eq(deviceLogin.userCodeHash, userCodeHash),
        eq(deviceLogin.status, "pending"),
        gt(deviceLogin.expiresAt, now),
      ),
    )
    .limit(1);
  return row ?? null;
}

export type LoginAnswer =
  | {
      readonly status: "approved";
      readonly orgId: string;
      readonly memberId: string;
      /** No more than it asked for: the database refuses more. */
      readonly permissions: readonly string[];
    }
  | { readonly status: "denied" };

/** Answers a login that waits. False where it does not any more: of two answers at once, one counts. */
export async function answerDeviceLogin(db: Database, id: string, answer: LoginAnswer, now: Date): Promise<boolean> {
  const granted = answer.status === "approved" ? { ...answer, permissions: [...answer.permissions] } : answer;
  const answered = await db
    .update(deviceLogin)
    .set({ ...granted, answeredAt: now })
    .where(and(eq(deviceLogin.id, id), eq(deviceLogin.status, "pending"), gt(deviceLogin.expiresAt, now)))
    .returning({ id: deviceLogin.id });
  return answered.length > 0;
}

/** RFC 8628 section 3.5. */
const SLOWER_SECONDS = 5;
const INTERVAL_MAX_SECONDS = 300;

const polled = z.object({
  rows: z.array(
    z.object({
      id: z.string(),
      status: z.enum(["pending", "approved", "denied"]),
      too_soon: z.boolean(),
      interval_seconds: z.coerce.number(),
      user_id: z.string().nullable(),
    }),
  ),
});

export interface PolledLogin {
  readonly id: string;
  readonly status: "pending" | "approved" | "denied";
  /** The last question is less than the interval ago; the interval has become longer. */
  readonly isTooSoon: boolean;
  readonly intervalSeconds: number;
  /** Who let it in. */
  readonly userId: string | null;
}

/** What became of a login, asked by the program that waits; its question is remembered. Null: unknown, used or too old. */
export async function pollDeviceLogin(db: Database, deviceCodeHash: string, now: Date): Promise<PolledLogin | null> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const result = await db.execute(sql`
    with asked as (
      select id, coalesce(${at} < polled_at + make_interval(secs => interval_seconds), false) as too_soon
      from device_login
      where device_code_hash = ${deviceCodeHash} and status <> 'used' and expires_at > ${at}
      for update),
    told as (
      update device_login set polled_at = ${at}, interval_seconds = case when asked.too_soon
        then least(interval_seconds + ${SLOWER_SECONDS}, ${INTERVAL_MAX_SECONDS}) else interval_seconds end
      from asked where device_login.id = asked.id
      returning device_login.id, status, too_soon, interval_seconds, member_id)
    select told.id, told.status, told.too_soon, told.interval_seconds, member.user_id
    from told left join member on member.id = told.member_id`);
  const row = polled.parse(result).rows[0];
  if (row === undefined) return null;
  const { id, status, too_soon: isTooSoon, interval_seconds: intervalSeconds, user_id: userId } = row;
  return { id, status, isTooSoon, intervalSeconds, userId };
}

const claimed = z.object({
  rows: z.array(z.object({ org_id: z.string(), name: z.string(), permissions: z.array(z.string()) })),
});

/** What of the login's key the caller made. */
export interface ClaimedKey {
  readonly id: string;
  readonly prefix: string;
  readonly lastFour: string;
  readonly keyHash: string;
  readonly pepperVersion: string;
  readonly expiresAt: Date;
}

/** Uses an approved login up and makes its key, in one statement. Null where it is used, too old, or who let it in has left. */
export async function claimDeviceLogin(
  db: Database,
  loginId: string,
  key: ClaimedKey,
  now: Date,
): Promise<{ readonly orgId: string; readonly name: string; readonly permissions: readonly string[] } | null> {
  const result = await db.execute(sql`
    with used as (
      update device_login set status = 'used'
      where id = ${loginId} and status = 'approved' and expires_at > ${now.toISOString()}::timestamptz
        and exists (select from member where member.id = device_login.member_id and left_at is null)
      returning org_id, client_name, permissions, member_id)
    insert into management_key (id, org_id, name, prefix, last_four, key_hash, pepper_version, permissions, created_by,
      expires_at)
    select ${key.id}, org_id, client_name, ${key.prefix}, ${key.lastFour}, ${key.keyHash}, ${key.pepperVersion},
      permissions, member_id, ${key.expiresAt.toISOString()}::timestamptz
    from used
    returning org_id, name, permissions`);
  const row = claimed.parse(result).rows[0];
  return row === undefined ? null : { orgId: row.org_id, name: row.name, permissions: row.permissions };
}
