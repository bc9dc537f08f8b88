import { neon, neonConfig } from "@neondatabase/serverless";
import { sql } from "drizzle-orm";
import { drizzle, type NeonHttpDatabase } from "drizzle-orm/neon-http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parseMailKeys, parseSite, prepareMail, type MailDraft, type MailRequest } from "#notify";
import { queueMail } from "#store";
import { systemClock, systemRandom } from "../../dev/keys/create-key.ts";
import { connectionString } from "../../dev/stack/secrets.ts";
import { startWorld, until, type World } from "./support/world.ts";

/** The stack's own site on free ports; its links lead nowhere. */
const SITE = "http://127.0.0.1";
let world: World;
/** The database as the console has it: Neon's protocol, the console's role. */
let db: NeonHttpDatabase;

beforeAll(async () => {
  world = await startWorld();
  const { secrets, urls } = world.stack;
  neonConfig.fetchEndpoint = () => `${urls.neon}/sql`;
  db = drizzle(neon(connectionString(secrets, "console_app", "127.0.0.1", 5432)));
});
afterAll(() => world.stop());
beforeEach(() => world.stack.mailbox.clear());

async function prepare(request: MailRequest): Promise<MailDraft> {
  const { mail } = world.stack.secrets;
  return prepareMail(
    { keys: parseMailKeys(mail.keys), site: parseSite(SITE, true), clock: systemClock, random: systemRandom },
    request,
  );
}

/** Queues a mail as a verb of the console does: in a batch. */
async function queue(request: MailRequest): Promise<string> {
  const draft = await prepare(request);
  await db.batch([queueMail(db, [draft])]);
  return draft.id;
}

const reset = (to: string, locale = "en"): MailRequest => ({
  template: "reset_password",
  values: { name: "Ada", url: `${SITE}/reset?token=t0ken`, expiresAt: "2030-01-02T03:04:05Z" },
  to,
  locale,
});

async function statusOf(id: string): Promise<string | undefined> {
  const [row] = await world.sql<{ status: string }>("select status from mail_message where id = $1", [id]);
  return row?.status;
}

const statusBecomes = (id: string, status: string): Promise<string> =>
  until(`status ${status}`, async () => ((await statusOf(id)) === status ? status : null));

test("a queued mail arrives in the mailbox, in the reader's language, and is marked as sent", async () => {
  const id = await queue(reset("ada@example.com", "ja"));
  await world.stack.sendMailNow();
  const arrived = await world.stack.mailbox.waitFor((message) => message.idempotency_key === id);
  expect(arrived).toMatchObject({ to: ["ada@example.com"], subject: "パスワードの再設定" });
  expect(arrived.text).toContain(`${SITE}/reset?token=t0ken`);
  await statusBecomes(id, "sent");
  const listed = await fetch(`${world.stack.state.mailbox}/messages?to=ada@example.com`);
  expect(await listed.json()).toMatchObject({ messages: [{ id: arrived.id }] });
});

test("a verb whose own write fails mails nobody: both are one batch", async () => {
  const draft = await prepare(reset("nobody@example.com"));
  await expect(db.batch([queueMail(db, [draft]), db.execute(sql`select 1 / 0`)])).rejects.toThrow();
  expect(await statusOf(draft.id)).toBeUndefined();
});

test("an address that bounced gets nothing more: the provider's webhook is believed", async () => {
  const to = "bounced+e2e@resend.dev";
  await queue(reset(to));
  await world.stack.sendMailNow();
  await until("the address on the list", async () => {
    const rows = await world.sql("select reason from mail_suppression where address = $1 and reason = 'bounced'", [to]);
    return rows[0] ?? null;
  });
  const second = await queue(reset(to));
  await world.stack.sendMailNow();
  await statusBecomes(second, "suppressed");
  expect(world.stack.mailbox.messages(to)).toHaveLength(1);
});

test("a provider that is busy is asked again later", async () => {
  const id = await queue(reset("rate-limited@mailbox.test"));
  await world.stack.sendMailNow();
  await until("the reason", async () => {
    const [row] = await world.sql<{ code: string }>("select last_error_code as code from mail_message where id = $1", [
      id,
    ]);
    return row?.code === "rate_limited" ? row : null;
  });
  expect(await statusOf(id)).toBe("queued");
});

test("without the internal token nobody makes the console send, and an unsigned webhook is nothing", async () => {
  for (const path of ["/internal/send-mail", "/webhooks/resend"]) {
    const response = await fetch(world.stack.urls.console + path, { method: "POST", body: "{}" });
    expect(response.status).toBe(404);
  }
});
