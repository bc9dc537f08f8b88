import { expect, test } from "vitest";
import { MAIL_TRIES_MAX, MAIL_WAIT_MAX_MS, mailRetryWaitMs } from "#notify";

const DAY_MS = 86_400_000;

test("waits double from half a minute to two hours", () => {
  const seconds = Array.from({ length: MAIL_TRIES_MAX }, (_, index) => mailRetryWaitMs(index + 1) / 1_000);
  expect(seconds).toEqual([30, 60, 120, 240, 480, 960, 1_920, 3_840, 7_200, 7_200, 7_200, 7_200]);
});

test("a provider that asks for more gets it, within the maximum", () => {
  expect(mailRetryWaitMs(1, 45_000)).toBe(45_000);
  expect(mailRetryWaitMs(5, 1_000)).toBe(480_000);
  expect(mailRetryWaitMs(1, 10 * DAY_MS)).toBe(MAIL_WAIT_MAX_MS);
});

test("all tries fall within the day that the provider remembers their key for, whatever it asks for", () => {
  const waits = Array.from({ length: MAIL_TRIES_MAX - 1 }, () => MAIL_WAIT_MAX_MS);
  expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(DAY_MS);
});
