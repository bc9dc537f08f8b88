import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { BUDGET_PERIODS, isTimeZone, periodEndsMs, periodKey, periodKeys } from "../../../src/admission/period-key.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone")];
/** Zones whose days are out of the ordinary join more often than their share of all zones. */
const HARD_ZONES = [
  "Africa/Cairo",
  "Africa/Casablanca",
  "Africa/Monrovia",
  "America/Havana",
  "America/Sao_Paulo",
  "America/St_Johns",
  "Antarctica/Casey",
  "Asia/Amman",
  "Asia/Beirut",
  "Asia/Kathmandu",
  "Asia/Tehran",
  "Atlantic/Azores",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Pacific/Chatham",
  "Pacific/Kiritimati",
  "Pacific/Kwajalein",
];

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a budget's period", () => {
  it.each([
    ["day", "2026-11-22T23:59:59.999Z", "2026-11-22"],
    ["day", "2026-11-23T00:00:00.000Z", "2026-11-23"],
    ["week", "2026-11-22T23:59:59.999Z", "W2026-11-16"],
    ["week", "2026-11-23T00:00:00.000Z", "W2026-11-23"],
    ["week", "2027-01-03T12:00:00.000Z", "W2026-12-28"],
    ["week", "1970-01-01T00:00:00.000Z", "W1969-12-29"],
    ["month", "2028-02-29T12:00:00.000Z", "2028-02"],
    ["month", "2028-03-01T00:00:00.000Z", "2028-03"],
    ["total", "2026-11-22T00:00:00.000Z", "total"],
  ] as const)("%s of %s is %s", (period, instant, expected) => {
    expect(periodKey(period, Date.parse(instant))).toBe(expected);
  });

  it.each([
    ["Asia/Kolkata", "2026-11-22T18:29:59.999Z", "2026-11-22", "W2026-11-16", "2026-11"],
    ["Asia/Kolkata", "2026-11-22T18:30:00.000Z", "2026-11-23", "W2026-11-23", "2026-11"],
    ["Asia/Kathmandu", "2028-02-29T18:14:59.999Z", "2028-02-29", "W2028-02-28", "2028-02"],
    ["Asia/Kathmandu", "2028-02-29T18:15:00.000Z", "2028-03-01", "W2028-02-28", "2028-03"],
    ["America/Los_Angeles", "2027-01-01T07:59:59.999Z", "2026-12-31", "W2026-12-28", "2026-12"],
    ["America/Los_Angeles", "2027-01-01T08:00:00.000Z", "2027-01-01", "W2026-12-28", "2027-01"],
    ["Pacific/Kiritimati", "2026-10-31T10:00:00.000Z", "2026-11-01", "W2026-10-26", "2026-11"],
  ])("in %s at %s is %s, %s and %s", (timeZone, instant, day, week, month) => {
    expect(periodKeys(Date.parse(instant), timeZone)).toEqual({ day, week, month, total: "total" });
  });

  it("never sorts before an earlier one", () => {
    const instant = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });
    fc.assert(
      fc.property(fc.constantFrom(...BUDGET_PERIODS), zone(), instant, instant, (period, timeZone, a, b) => {
        const [early, late] = a < b ? [a, b] : [b, a];
        expect(periodKey(period, early, timeZone) <= periodKey(period, late, timeZone)).toBe(true);
      }),
    );
  });

  it("never sorts before an earlier one, minute by minute while clocks change", () => {
    fc.assert(
      fc.property(moment(), ({ timeZone, nowMs }) => {
        let last = periodKeys(nowMs - 3 * HOUR_MS, timeZone);
        for (let ms = nowMs - 3 * HOUR_MS; ms < nowMs + 3 * HOUR_MS; ms += MINUTE_MS) {
          const keys = periodKeys(ms, timeZone);
          expect(BUDGET_PERIODS.every((period) => last[period] <= keys[period])).toBe(true);
          last = keys;
        }
      }),
      { numRuns: 50 },
    );
  });

  it("is the one that the zone's clocks and a calendar name", () => {
    fc.assert(
      fc.property(moment(), ({ timeZone, nowMs }) => {
        expect(periodKeys(nowMs, timeZone)).toEqual(referenceKeys(nowMs, timeZone));
      }),
      { numRuns: 300 },
    );
  });

  it("is right in every zone at its next change of clocks, in more zones than are kept in memory", () => {
    const moments = ZONES.flatMap((timeZone) => {
      const changeMs = nextClockChangeMs(Date.UTC(2026, 0, 1), timeZone);
      return [changeMs - 1, changeMs].map((nowMs) => ({ timeZone, nowMs, keys: referenceKeys(nowMs, timeZone) }));
    });
    expect(ZONES.length).toBeGreaterThan(400);
    for (const { timeZone, nowMs, keys } of [...moments, ...moments.toReversed()]) {
      expect(periodKeys(nowMs, timeZone), `${timeZone} at ${nowMs}`).toEqual(keys);
    }
  });

  it("cannot be changed by one of its readers, who share it", () => {
    expect(Object.isFrozen(periodKeys(0, "Asia/Tokyo"))).toBe(true);
  });
});

describe("the end of a budget's day", () => {
  it.each([
    ["an ordinary day", "UTC", "2026-11-22", "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"],
    ["23 hours", "America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"],
    ["25 hours", "America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"],
    ["half an hour less", "Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z"],
    ["begins at 01:00", "America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"],
    ["begins at 01:00", "Africa/Cairo", "2024-04-26", "2024-04-25T22:00:00Z", "2024-04-26T21:00:00Z"],
    ["begins at 01:00", "Asia/Beirut", "2024-03-31", "2024-03-30T22:00:00Z", "2024-03-31T21:00:00Z"],
    ["23:00 comes twice", "America/Sao_Paulo", "2019-02-16", "2019-02-16T02:00:00Z", "2019-02-17T03:00:00Z"],
    ["23:00 comes twice", "Africa/Cairo", "2024-10-31", "2024-10-30T21:00:00Z", "2024-10-31T22:00:00Z"],
    ["00:00 comes twice, then 01:00", "America/Havana", "2024-11-03", "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"],
    [
      "at 00:01 clocks go back to 23:01",
      "America/St_Johns",
      "2006-10-29",
      "2006-10-29T02:30:00Z",
      "2006-10-30T03:30:00Z",
    ],
    ["the last before a skipped one", "Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"],
    ["the first after a skipped one", "Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"],
    ["begins at 00:44:30", "Africa/Monrovia", "1972-01-07", "1972-01-07T00:44:30Z", "1972-01-08T00:00:00Z"],
    ["an offset with seconds", "Africa/Monrovia", "1971-06-01", "1971-06-01T00:44:30Z", "1971-06-02T00:44:30Z"],
  ])("%s: in %s, %s", (_, timeZone, day, start, end) => {
    const startMs = Date.parse(start);
    const endMs = Date.parse(end);
    for (const nowMs of [
      startMs,
      startMs + MINUTE_MS,
      startMs + HOUR_MS,
      endMs - HOUR_MS,
      endMs - MINUTE_MS,
      endMs - 1,
    ]) {
      // Another day in between, so that each instant has to find its own.
      periodKey("day", nowMs + 40 * DAY_MS, timeZone);
      expect(periodKey("day", nowMs, timeZone)).toBe(day);
      expect(periodEndsMs(nowMs, timeZone)).toBe(endMs);
    }
    expect(periodEndsMs(startMs - 1, timeZone)).toBe(startMs);
    expect(periodKey("day", startMs - 1, timeZone) < day).toBe(true);
    expect(periodKey("day", endMs, timeZone) > day).toBe(true);
  });

  it("comes after every instant of the day, and the day's name changes exactly there", () => {
    fc.assert(
      fc.property(moment(), fc.double({ min: 0, max: 1, noNaN: true }), ({ timeZone, nowMs }, share) => {
        const endMs = periodEndsMs(nowMs, timeZone);
        const name = referenceDay(nowMs, timeZone);
        expect(endMs).toBeGreaterThan(nowMs);
        expect(referenceDay(endMs - 1, timeZone)).toBe(name);
        expect(referenceDay(endMs, timeZone) > name).toBe(true);
        const laterMs = nowMs + Math.floor((endMs - 1 - nowMs) * share);
        expect([periodKey("day", laterMs, timeZone), periodEndsMs(laterMs, timeZone)]).toEqual([name, endMs]);
        expect(periodKey("day", endMs, timeZone)).toBe(referenceDay(endMs, timeZone));
      }),
      { numRuns: 150 },
    );
  });

  it("is UTC's where no zone is given", () => {
    expect(periodEndsMs(Date.UTC(2026, 10, 22, 5))).toBe(Date.UTC(2026, 10, 23));
  });
});

describe("the hot path", () => {
  it("asks Intl nothing within a day that was asked for before, nor when the clock goes back in it", () => {
    periodKeys(Date.UTC(2026, 10, 22, 12), "Europe/Berlin");
    const format = vi.spyOn(Intl.DateTimeFormat.prototype, "formatToParts");
    const construct = vi.spyOn(Intl, "DateTimeFormat");
    for (const hour of [0, 12, 22, 3]) periodKeys(Date.UTC(2026, 10, 22, hour), "Europe/Berlin");
    expect(format).not.toHaveBeenCalled();
    expect(periodKey("day", Date.UTC(2026, 10, 22, 23), "Europe/Berlin")).toBe("2026-11-23");
    expect(format).toHaveBeenCalled();
    expect(construct).not.toHaveBeenCalled();
  });

  it("asks Intl nothing for UTC: a first formatter costs a cold isolate tens of milliseconds", () => {
    const format = vi.spyOn(Intl.DateTimeFormat.prototype, "formatToParts");
    const construct = vi.spyOn(Intl, "DateTimeFormat");
    expect(periodKey("day", Date.UTC(2031, 4, 5))).toBe("2031-05-05");
    expect(format).not.toHaveBeenCalled();
    expect(construct).not.toHaveBeenCalled();
  });

  it("keeps the formatters of the zones that joined last, of a bounded number", () => {
    for (const timeZone of ZONES) periodKeys(0, timeZone);
    const construct = vi.spyOn(Intl, "DateTimeFormat");
    for (const timeZone of ZONES.slice(-100)) periodKeys(0, timeZone);
    expect(construct).not.toHaveBeenCalled();
    for (const timeZone of ZONES.slice(1, 101)) periodKeys(0, timeZone);
    expect(construct).toHaveBeenCalledTimes(100);
  });

  it("names the earlier day again after the clock went back over midnight", () => {
    const midnightMs = Date.parse("2026-11-22T23:00:00Z");
    const names = [-1, 0, -1, 0].map((stepMs) => periodKey("day", midnightMs + stepMs, "Europe/Berlin"));
    expect(names).toEqual(["2026-11-22", "2026-11-23", "2026-11-22", "2026-11-23"]);
  });
});

describe("a time zone", () => {
  it.each(["UTC", "Europe/Berlin", "europe/berlin", "Asia/Calcutta", "America/Argentina/ComodRivadavia", "Etc/GMT+3"])(
    "%s is one",
    (text) => {
      expect(isTimeZone(text)).toBe(true);
    },
  );

  it.each(
    [
      ["", " ", "Europe/Berlin ", "Europe/Atlantis", "Europe", "Local", "null", "Etc/Unknown", "UTC\0"],
      ["+02:00", "-05", "+0200", "GMT+3", "UTC+1", "BST", "ist", "PST", "SystemV/PST8", "Europe/".repeat(10)],
    ].flat(),
  )("%j is none, and as a fault is a RangeError", (text) => {
    expect(isTimeZone(text)).toBe(false);
    for (const period of BUDGET_PERIODS) expect(() => periodKey(period, 0, text)).toThrow(RangeError);
    expect(() => periodKeys(0, text)).toThrow(RangeError);
    expect(() => periodEndsMs(0, text)).toThrow(RangeError);
  });

  it("does not send Intl a text that is too long to be one", () => {
    const construct = vi.spyOn(Intl, "DateTimeFormat");
    expect(isTimeZone(`Europe/${"x".repeat(1_000_000)}`)).toBe(false);
    expect(construct).not.toHaveBeenCalled();
  });

  it("is every one that the runtime lists", () => {
    expect(ZONES.filter((name) => !isTimeZone(name))).toEqual([]);
  });

  it("is decided without a throw for any text, and as periodKey decides it", () => {
    const codes = fc.array(fc.integer({ min: 0, max: 0xffff }));
    const anyText = codes.map((units) => String.fromCharCode(...units));
    const text = fc.oneof(anyText, fc.string(), fc.constantFrom(...ZONES));
    fc.assert(
      fc.property(text, (name) => {
        const known = isTimeZone(name);
        if (known) expect(periodKey("total", 0, name)).toBe("total");
        else expect(() => periodKey("total", 0, name)).toThrow(RangeError);
      }),
    );
  });

  it("does not make an instant out of none", () => {
    for (const timeZone of ["UTC", "Asia/Tokyo"]) {
      expect(() => periodKeys(Number.NaN, timeZone)).toThrow(RangeError);
      expect(() => periodEndsMs(Number.POSITIVE_INFINITY, timeZone)).toThrow(RangeError);
    }
  });
});

function zone(): fc.Arbitrary<string> {
  return fc.oneof(fc.constantFrom(...ZONES), fc.constantFrom(...HARD_ZONES));
}

/** An instant in a zone, half of them close to a change of its clocks, a fourth close to the end of a month. */
function moment(): fc.Arbitrary<{ readonly timeZone: string; readonly nowMs: number }> {
  const instant = fc.integer({ min: Date.UTC(1970, 0, 2), max: Date.UTC(2037, 11, 31) });
  const nearMs = fc.oneof(
    fc.constantFrom(-1, 0, 1),
    fc.integer({ min: -2 * HOUR_MS, max: 2 * HOUR_MS }),
    fc.integer({ min: -30 * HOUR_MS, max: 30 * HOUR_MS }),
  );
  const kind = fc.constantFrom("change", "change", "month", "any");
  return fc.tuple(zone(), instant, nearMs, kind).map(([timeZone, ms, near, of]) => {
    const date = new Date(ms);
    if (of === "change") return { timeZone, nowMs: nextClockChangeMs(ms, timeZone) + near };
    if (of === "month") return { timeZone, nowMs: Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) + near };
    return { timeZone, nowMs: ms };
  });
}

/*
 * The slow reference. It reads dates off the zone's clocks, where the code under test asks for offsets: a local day has
 * begun when its date was shown once, and clocks were never put back by more than three hours since 1970.
 */

const LOOK_BACK_MINUTES = 180;
const CLOCKS = new Map<string, Intl.DateTimeFormat>();

function referenceKeys(nowMs: number, timeZone: string): ReturnType<typeof periodKeys> {
  const day = referenceDay(nowMs, timeZone);
  const monday = new Date(`${day}T00:00:00Z`);
  while (monday.getUTCDay() !== 1) monday.setUTCDate(monday.getUTCDate() - 1);
  return { day, week: `W${monday.toISOString().slice(0, 10)}`, month: day.slice(0, 7), total: "total" };
}

function referenceDay(nowMs: number, timeZone: string): string {
  let latest = "";
  for (let minutes = 0; minutes <= LOOK_BACK_MINUTES; minutes += 1) {
    const shown = new Date(clockMs(nowMs - minutes * MINUTE_MS, timeZone)).toISOString().slice(0, 10);
    if (shown > latest) latest = shown;
  }
  return latest;
}

/** The first second at which the zone's clocks jump after `fromMs`; `fromMs` where they do not for 400 days. */
function nextClockChangeMs(fromMs: number, timeZone: string): number {
  const second = Math.floor(fromMs / SECOND_MS) * SECOND_MS;
  const offsetAt = (ms: number): number => clockMs(ms, timeZone) - ms;
  for (let day = 0; day < 400; day += 1) {
    let before = second + day * DAY_MS;
    let after = before + DAY_MS;
    if (offsetAt(before) === offsetAt(after)) continue;
    while (after - before > SECOND_MS) {
      const middle = before + Math.floor((after - before) / 2 / SECOND_MS) * SECOND_MS;
      if (offsetAt(middle) === offsetAt(before)) before = middle;
      else after = middle;
    }
    return after;
  }
  return fromMs;
}

/** What the zone's clocks show, as the epoch milliseconds of the same time in UTC. */
function clockMs(ms: number, timeZone: string): number {
  const clock = CLOCKS.get(timeZone) ?? new Intl.DateTimeFormat("en-US", clockOptions(timeZone));
  CLOCKS.set(timeZone, clock);
  const parts = new Map<string, number>();
  for (const { type, value } of clock.formatToParts(ms)) parts.set(type, Number(value));
  const part = (type: string): number => parts.get(type) ?? Number.NaN;
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
}

function clockOptions(timeZone: string): Intl.DateTimeFormatOptions {
  return {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  };
}
