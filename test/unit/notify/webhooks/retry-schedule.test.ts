import { describe, expect, test } from "vitest";
import { WEBHOOK_ATTEMPTS_MAX, webhookWaitMs } from "#notify";

const zero = (length: number): Uint8Array => new Uint8Array(length);
const most = (length: number): Uint8Array => new Uint8Array(length).fill(255);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe("the waits of a webhook", () => {
  test("are those of the standard, and longer each time", () => {
    const waits = Array.from({ length: WEBHOOK_ATTEMPTS_MAX }, (_, index) => webhookWaitMs(index + 1, null, zero));
    expect(waits).toEqual([
      5_000,
      300_000,
      1_800_000,
      2 * HOUR_MS,
      5 * HOUR_MS,
      10 * HOUR_MS,
      14 * HOUR_MS,
      20 * HOUR_MS,
      DAY_MS,
      null,
    ]);
    const together = waits.reduce<number>((sum, wait) => sum + (wait ?? 0), 0);
    expect(together / DAY_MS).toBeGreaterThan(3);
    expect(together / DAY_MS).toBeLessThan(3.5);
  });

  test("differ by up to a tenth, so that what failed together does not come back together", () => {
    expect(webhookWaitMs(2, null, zero)).toBe(300_000);
    expect(webhookWaitMs(2, null, most)).toBeGreaterThan(329_000);
    expect(webhookWaitMs(2, null, most)).toBeLessThanOrEqual(330_000);
  });

  test("are as long as an endpoint asks, but never shorter than the schedule, nor much longer than a day", () => {
    expect(webhookWaitMs(1, 60_000, zero)).toBe(60_000);
    expect(webhookWaitMs(3, 1_000, zero)).toBe(1_800_000);
    expect(webhookWaitMs(1, 400 * DAY_MS, zero)).toBe(DAY_MS);
  });

  test("end after the last try, whatever is asked", () => {
    expect(webhookWaitMs(WEBHOOK_ATTEMPTS_MAX, 1_000, zero)).toBeNull();
    expect(webhookWaitMs(WEBHOOK_ATTEMPTS_MAX + 5, null, zero)).toBeNull();
  });
});
