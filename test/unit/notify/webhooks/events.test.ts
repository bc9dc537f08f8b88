import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodeWebhookEvent, WEBHOOK_EVENT_NAMES, WEBHOOK_EVENTS, WEBHOOK_TEST_EVENT } from "#notify";

const root = join(import.meta.dirname, "..", "..", "..", "..");
const docs = readFileSync(join(root, "docs/webhooks.md"), "utf8");
const migration = readFileSync(join(root, "migrations/0018_webhooks.sql"), "utf8");

describe("the table of event types", () => {
  test.each(Object.entries(WEBHOOK_EVENTS))(
    "%s stands in the docs with its summary and its members",
    (name, { summary, data }) => {
      const row = docs.split("\n").find((line) => line.startsWith(`| \`${name}\` `));
      expect(row).toContain(summary);
      for (const member of data) expect(row).toContain(`\`${member}\``);
    },
  );

  test("offers nothing that nothing produces, and nothing is produced that it does not offer", () => {
    const produced = new Set([...migration.matchAll(/'((?:key|budget|webhook)\.[a-z_]+)'/g)].map(([, name]) => name));
    expect([...produced].sort()).toEqual([...WEBHOOK_EVENT_NAMES, WEBHOOK_TEST_EVENT].sort());
  });
});

describe("an event's body", () => {
  const createdAt = new Date("2026-11-30T12:00:00.123Z");

  test("is type, time and data; amounts are USD with nine decimals", () => {
    const payload = { percent: 80, limit_nano: "2000000000", spent_nano: "1", note_nano: null };
    expect(JSON.parse(encodeWebhookEvent({ type: "budget.threshold", createdAt, payload }))).toEqual({
      type: "budget.threshold",
      timestamp: "2026-11-30T12:00:00.123Z",
      data: { percent: 80, limit_usd: "2.000000000", spent_usd: "0.000000001", note_nano: null },
    });
  });

  test("is the same text at every try", () => {
    const event = { type: "key.created", createdAt, payload: { id: "key_1", name: "Köln \u2028" } };
    expect(encodeWebhookEvent(event)).toBe(encodeWebhookEvent({ ...event }));
  });
});
