import { expect, it } from "vitest";
import { isTimeZone, periodEndsMs, periodKeys } from "../../src/admission/period-key.ts";

it.each([
  ["UTC", "2026-11-22T23:59:59.999Z", "2026-11-22", "2026-11-23T00:00:00.000Z"],
  ["Europe/Berlin", "2026-10-24T22:00:00.000Z", "2026-10-25", "2026-10-25T23:00:00.000Z"],
  ["Asia/Kolkata", "2026-11-22T18:30:00.000Z", "2026-11-23", "2026-11-23T18:30:00.000Z"],
  ["America/St_Johns", "2006-10-29T02:45:00.000Z", "2006-10-29", "2006-10-30T03:30:00.000Z"],
  ["America/Sao_Paulo", "2018-11-04T02:59:59.999Z", "2018-11-03", "2018-11-04T03:00:00.000Z"],
  ["Africa/Cairo", "2024-04-25T22:00:00.000Z", "2024-04-26", "2024-04-26T21:00:00.000Z"],
  ["Pacific/Apia", "2011-12-30T09:59:59.999Z", "2011-12-29", "2011-12-30T10:00:00.000Z"],
  ["Africa/Monrovia", "1971-06-01T00:44:29.999Z", "1971-05-31", "1971-06-01T00:44:30.000Z"],
])("workerd names the same local day as Node: in %s at %s", (timeZone, instant, day, end) => {
  const nowMs = Date.parse(instant);
  expect(periodKeys(nowMs, timeZone).day).toBe(day);
  expect(new Date(periodEndsMs(nowMs, timeZone)).toISOString()).toBe(end);
});

it("workerd knows every zone that it lists and those alone", () => {
  const names = Intl.supportedValuesOf("timeZone");
  expect(names.length).toBeGreaterThan(400);
  expect(names.filter((name) => !isTimeZone(name))).toEqual([]);
  expect(["", "+02:00", "BST", "Europe/Atlantis"].filter((name) => isTimeZone(name))).toEqual([]);
});
