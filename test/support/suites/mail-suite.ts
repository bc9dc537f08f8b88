import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MAIL_TRIES_MAX, prepareMail, type MailContext } from "#notify";
import { queueMail, suppressAddresses, type Database } from "#store";
import type { Logger } from "../../../workers/http/logger.ts";
import { sendDueMail, type MailServices } from "../../../workers/console/cron/send-mail.ts";
import {
  providerBusy,
  retryLater,
  type OutgoingMail,
  type SendResult,
} from "../../../workers/console/mail/mail-transport.ts";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../database.ts";
import { mailContext, SITE_LINK, verification } from "../mail.ts";

let db: TestDatabase;
let orm: Database;
let context: MailContext;
let serial = 0;
const silent: Logger = () => undefined;
const YEAR_MS = 365 * 86_400_000;
const SENT: SendResult = { outcome: "sent" };

/** An address of this test's own. */
function newAddress(): string {
  serial += 1;
  return `reader-${serial}@example.com`;
}

interface Row {
  readonly status: string;
  readonly tries: number;
  readonly sealed_params: string | null;
  readonly last_error_code: string | null;
  readonly wait_s: number;
  readonly sent: boolean;
}

async function rowOf(id: string): Promise<Row> {
  const [row] = await db.query<Row>(
    `select status, tries, sealed_params, last_error_code, sent_at is not null as sent,
       round(extract(epoch from next_try_at - now()))::int as wait_s from mail_message where id = $1`,
    [id],
  );
  if (!row) throw new Error("no such message");
  return row;
}

async function queue(to: string): Promise<string> {
  const draft = await prepareMail(context, verification(to, Date.now() + YEAR_MS));
  await queueMail(orm, [draft]);
  return draft.id;
}

/** A provider that answers as told, and keeps what it was sent. */
function provider(answer: (message: OutgoingMail) => SendResult | Promise<SendResult> = () => SENT) {
  const sent: OutgoingMail[] = [];
  const services: MailServices = {
    ...context,
    db: orm,
    logger: silent,
    transport: {
      send: async (message) => {
        sent.push(message);
        return answer(message);
      },
    },
  };
  return { sent, services };
}

/** As if that wait were over. */
async function makeDue(id: string): Promise<void> {
  await db.query("update mail_message set next_try_at = now() where id = $1", [id]);
}

/** The queue of mail, the same on PGlite and on real Postgres. */
export function registerMailSuite(): void {
  beforeAll(async () => {
    db = await openTestDatabase();
    orm = await db.asConsole();
    context = mailContext();
  }, databaseStartMs);
  afterAll(async () => {
    await db.close();
  });
  describe("a queued mail", registerSending);
  describe("a mail that is not taken", registerTrouble);
  describe("two senders at once", registerRaces);
}

function registerSending(): void {
  test("is sealed in the database, sent once, and forgotten then", async () => {
    const to = newAddress();
    const id = await queue(to);
    expect((await rowOf(id)).sealed_params).not.toContain("token");
    const { sent, services } = provider();
    expect(await sendDueMail(services)).toMatchObject({ sent: 1, postponed: 0, ended: 0 });
    expect(sent).toMatchObject([{ id, to, subject: "Confirm your e-mail address" }]);
    expect(sent[0]?.text).toContain(SITE_LINK);
    expect(await rowOf(id)).toMatchObject({ status: "sent", sealed_params: null, sent: true, tries: 1 });
    expect(await sendDueMail(services)).toMatchObject({ sent: 0 });
    expect(sent).toHaveLength(1);
  });

  test("is a statement for the batch of what it tells of, and is not in the queue before that runs", async () => {
    const draft = await prepareMail(context, verification(newAddress()));
    const statement = queueMail(orm, [draft]).toSQL();
    expect(statement.sql).toMatch(/^insert into "mail_message"/);
    expect(await db.query("select id from mail_message where id = $1", [draft.id])).toEqual([]);
    await queueMail(orm, [draft]);
    expect(await db.query("select id from mail_message where id = $1", [draft.id])).toHaveLength(1);
    expect(await sendDueMail(provider().services)).toMatchObject({ sent: 1 });
  });

  test("more than one claim holds is sent in one run, the longest waiting first", async () => {
    const ids: string[] = [];
    for (let index = 0; index < 20; index += 1) ids.push(await queue(newAddress()));
    const [last = ""] = ids.slice(-1);
    await db.query("update mail_message set next_try_at = now() - interval '1 hour' where id = $1", [last]);
    const { sent, services } = provider();
    expect(await sendDueMail(services)).toMatchObject({ sent: 20 });
    expect(sent.slice(0, 8).map(({ id }) => id)).toContain(last);
    expect(new Set(sent.map(({ id }) => id))).toEqual(new Set(ids));
  });
}

function registerTrouble(): void {
  test("is tried again, later each time, and given up after the last try", async () => {
    const id = await queue(newAddress());
    const { sent, services } = provider(() => retryLater("provider_unavailable"));
    expect(await sendDueMail(services)).toMatchObject({ postponed: 1 });
    expect(await rowOf(id)).toMatchObject({ status: "queued", tries: 1, last_error_code: "provider_unavailable" });
    const first = (await rowOf(id)).wait_s;
    await sendDueMail(services);
    expect(sent).toHaveLength(1);
    await makeDue(id);
    await sendDueMail(services);
    expect((await rowOf(id)).wait_s).toBeGreaterThan(first + 10);
    for (let index = 2; index <= MAIL_TRIES_MAX; index += 1) {
      await makeDue(id);
      await sendDueMail(services);
    }
    expect(sent).toHaveLength(MAIL_TRIES_MAX);
    expect(await rowOf(id)).toMatchObject({
      status: "failed",
      sealed_params: null,
      last_error_code: "provider_unavailable",
    });
  });

  test("waits as long as the provider asks, and then the run stops asking", async () => {
    for (let index = 0; index < 20; index += 1) await queue(newAddress());
    const { sent, services } = provider(() => providerBusy("rate_limited", 600_000));
    expect(await sendDueMail(services)).toMatchObject({ postponed: 8 });
    expect(sent).toHaveLength(8);
    expect((await rowOf(sent[0]?.id ?? "")).wait_s).toBeGreaterThan(500);
    await sendDueMail(provider().services);
    await db.query("update mail_message set status = 'failed', sealed_params = null where status = 'queued'");
  });

  test("is given up when its time is over", async () => {
    const id = await queue(newAddress());
    await db.query("update mail_message set expires_at = now() - interval '1 second' where id = $1", [id]);
    const { sent, services } = provider();
    expect(await sendDueMail(services)).toMatchObject({ sent: 0, ended: 1 });
    expect(sent).toEqual([]);
    expect(await rowOf(id)).toMatchObject({ status: "failed", sealed_params: null, last_error_code: "expired" });
  });

  test("of an address that the provider refuses is not sent again, nor is any other to it", async () => {
    const to = newAddress();
    const id = await queue(to);
    const refusing = provider(() => ({ outcome: "address_refused", code: "address_refused" }));
    await sendDueMail(refusing.services);
    expect(await rowOf(id)).toMatchObject({ status: "suppressed", sealed_params: null });
    const later = await queue(to.toUpperCase());
    const { sent, services } = provider();
    expect(await sendDueMail(services)).toMatchObject({ sent: 0, ended: 1 });
    expect(sent).toEqual([]);
    expect(await rowOf(later)).toMatchObject({ status: "suppressed", sealed_params: null });
  });

  test("goes to nobody on the suppression list, whatever the spelling, and the first reason stays", async () => {
    const to = newAddress();
    await suppressAddresses(orm, [to.toUpperCase(), to], "complained");
    await suppressAddresses(orm, [to], "bounced");
    expect(await db.query("select reason from mail_suppression where address = $1", [to])).toEqual([
      { reason: "complained" },
    ]);
    const id = await queue(to);
    await sendDueMail(provider().services);
    expect(await rowOf(id)).toMatchObject({ status: "suppressed" });
  });

  test("that the provider never takes is ended without blaming the address", async () => {
    const to = newAddress();
    const id = await queue(to);
    await sendDueMail(provider(() => ({ outcome: "refused", code: "message_refused" })).services);
    expect(await rowOf(id)).toMatchObject({ status: "failed", last_error_code: "message_refused" });
    expect(await db.query("select address from mail_suppression where address = $1", [to])).toEqual([]);
  });

  test("that this version cannot open or does not know waits for one that can", async () => {
    const id = await queue(newAddress());
    const other = { ...provider().services, keys: mailContext().keys };
    expect(await sendDueMail(other)).toMatchObject({ postponed: 1 });
    expect(await rowOf(id)).toMatchObject({ status: "queued", last_error_code: "cannot_be_opened" });
    await makeDue(id);
    expect(await sendDueMail(provider().services)).toMatchObject({ sent: 1 });
  });
}

function registerRaces(): void {
  test("never send a message twice", async () => {
    const ids: string[] = [];
    for (let index = 0; index < 40; index += 1) ids.push(await queue(newAddress()));
    const { sent, services } = provider();
    const senders = await Promise.all(
      Array.from({ length: 4 }, async () => ({ ...services, db: await db.asConsole() })),
    );
    const reports = await Promise.all(senders.map((sender) => sendDueMail(sender)));
    expect(reports.reduce((sum, { sent: count }) => sum + count, 0)).toBe(ids.length);
    expect(sent.map(({ id }) => id).sort()).toEqual(ids.sort());
  });

  test("one that starts while the other still waits for the provider leaves its message alone", async () => {
    const id = await queue(newAddress());
    const gate = Promise.withResolvers<SendResult>();
    const called = Promise.withResolvers<void>();
    const slow = provider(() => {
      called.resolve();
      return gate.promise;
    });
    const running = sendDueMail(slow.services);
    await called.promise;
    const other = provider();
    expect(await sendDueMail(other.services)).toMatchObject({ sent: 0 });
    expect(other.sent).toEqual([]);
    gate.resolve(SENT);
    expect(await running).toMatchObject({ sent: 1 });
    expect(await rowOf(id)).toMatchObject({ status: "sent", tries: 1 });
  });

  test("one whose claim is over does not put back what another has claimed since", async () => {
    const id = await queue(newAddress());
    const gate = Promise.withResolvers<SendResult>();
    const called = Promise.withResolvers<void>();
    const slow = provider(() => {
      called.resolve();
      return gate.promise;
    });
    const running = sendDueMail(slow.services);
    await called.promise;
    // Its lease ended, and a second sender took the message.
    await db.query("update mail_message set tries = 2, next_try_at = now() + interval '1 minute' where id = $1", [id]);
    gate.resolve(providerBusy("rate_limited", 3_600_000));
    await running;
    expect(await rowOf(id)).toMatchObject({ tries: 2, last_error_code: null });
    expect((await rowOf(id)).wait_s).toBeLessThan(120);
    await makeDue(id);
    expect(await sendDueMail(provider().services)).toMatchObject({ sent: 1 });
  });
}
