import { randomBytes } from "node:crypto";
import { newWebhookSecret, type MailContext } from "#notify";
import { createWebhookEndpoint, findWebhookEndpoint, type Database } from "#store";
import type { DeliveryServices } from "../../../workers/console/deliveries/deliver-due.ts";
import { deriveKey, sealSecret, type DerivedKey } from "../../../workers/console/identity/seal-secret.ts";
import { openTestDatabase, type TestDatabase } from "../database.ts";
import { mailContext } from "../mail.ts";
import { testId } from "../receipts.ts";
import type { ReceivedWebhook } from "./receiver.ts";

/** What the suites of webhooks share. Opened by `openBench`. */
interface Bench {
  readonly db: TestDatabase;
  /** As the console. */
  readonly orm: Database;
  readonly key: DerivedKey;
  readonly mail: MailContext;
}

let opened: Bench | null = null;
const open = (): Bench => {
  if (opened === null) throw new Error("the bench is not open yet");
  return opened;
};

export async function openBench(): Promise<void> {
  const db = await openTestDatabase();
  opened = {
    db,
    orm: await db.asConsole(),
    key: await deriveKey("s".repeat(43), "webhook"),
    mail: mailContext(),
  };
}

export const bench: Bench = {
  get db() {
    return open().db;
  },
  get orm() {
    return open().orm;
  },
  get key() {
    return open().key;
  },
  get mail() {
    return open().mail;
  },
};

export const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
/** Where endpoints of the suites lead, each to one of its own. */
export const HOOK = "https://receiver.example.com/hook?token=in-the-address";

export interface Endpoint {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
}

let endpoints = 0;
export async function makeEndpoint(
  orgId: string,
  parts: { url?: string; events?: readonly string[] | null } = {},
): Promise<Endpoint> {
  endpoints += 1;
  const id = testId("webhookEndpoint");
  const secret = newWebhookSecret(random);
  const { url = `${HOOK}&n=${endpoints}`, events = null } = parts;
  const made = await createWebhookEndpoint(bench.orm, {
    id,
    orgId,
    url,
    events,
    description: null,
    sealedSecret: await sealSecret(bench.key, id, secret),
  });
  if (made === null) throw new Error("there is one at this address");
  return { id, url, secret };
}

let serial = 0;
export async function makeKey(orgId: string, over: Record<string, unknown> = {}): Promise<string> {
  serial += 1;
  const id = testId("apiKey");
  const row: Record<string, unknown> = {
    id,
    org_id: orgId,
    name: "Told of",
    prefix: "prism_live_g1abc",
    last_four: "wxyz",
    key_hash: serial.toString(16).padStart(64, "0"),
    pepper_version: "1",
    mode: "live",
    scopes: ["inference"],
    ...over,
  };
  const names = Object.keys(row);
  await bench.db.query(
    `insert into api_key (${names.join(", ")}) values (${names.map((_, index) => `$${index + 1}`).join(", ")})`,
    Object.values(row),
    "console_app",
  );
  return id;
}

export async function makeMember(orgId: string, role: string): Promise<string> {
  const [memberId, userId] = [testId("member"), testId("user")];
  await bench.db.query(
    `insert into account_user (id, name, email, email_verified, attested_adult_at, policy_version, policy_accepted_at)
     values ($1, 'Ada', $2, true, now(), '1', now())`,
    [userId, `${userId}@example.com`],
  );
  await bench.db.query("insert into member (id, org_id, user_id, role) values ($1, $2, $3, $4)", [
    memberId,
    orgId,
    userId,
    role,
  ]);
  return memberId;
}

export const eventsOf = (orgId: string) =>
  bench.db.query<{ id: string; type: string; payload: Record<string, unknown> }>(
    "select id, type, payload from webhook_event where org_id = $1 order by created_at, id",
    [orgId],
  );
export const deliveriesTo = (endpointId: string) =>
  bench.db.query<{
    id: string;
    status: string;
    attempts: number;
    last_status: number | null;
    last_error_code: string | null;
    wait_s: number | null;
  }>(
    `select id, status, attempts, last_status, last_error_code,
       round(extract(epoch from next_attempt_at - now()))::int as wait_s
     from webhook_delivery where endpoint_id = $1 order by id`,
    [endpointId],
  );
export const makeDue = (endpointId: string) =>
  bench.db.query("update webhook_delivery set next_attempt_at = now() where endpoint_id = $1 and status = 'pending'", [
    endpointId,
  ]);
export const statusOf = async (orgId: string, id: string) => {
  const found = await findWebhookEndpoint(bench.orm, orgId, id);
  return [found?.status, found?.disabledReason];
};
export const mailsOf = (orgId: string) =>
  bench.db.query<{ role: string; sealed: string }>(
    `select m.role, q.sealed_params as sealed from mail_message q
     join account_user u on u.email = q.to_address join member m on m.user_id = u.id
     where m.org_id = $1 and q.template = 'webhook_disabled' order by m.role`,
    [orgId],
  );

/** A receiver that answers as told, and keeps what it was sent. */
export function receiver(answer: () => Response | Promise<Response> = () => new Response(null, { status: 200 })) {
  const sent: ReceivedWebhook[] = [];
  const services: DeliveryServices = {
    db: bench.orm,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const headers = Object.fromEntries(request.headers.entries());
      sent.push({ path: request.url, body: await request.text(), headers });
      return answer();
    },
    clock: { nowMs: () => Date.now() },
    random,
    logger: () => undefined,
    key: bench.key,
    mail: bench.mail,
    allowsLoopback: false,
  };
  return { sent, services };
}
export const failing = (status = 500, headers: Record<string, string> = {}) =>
  receiver(() => new Response("why", { status, headers }));
