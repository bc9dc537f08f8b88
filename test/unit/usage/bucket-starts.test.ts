import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUCKETS, BUCKETS_MAX, bucketStarts, dateStartMs, dayStartMs, type Bucket } from "#usage";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Zones of whole hours, halves, quarters; with midnights that are skipped or come twice, and one that skipped a day. */
const ZONES = [
  "UTC",
  "America/New_York",
  "Europe/Berlin",
  "America/Sao_Paulo",
  "Africa/Cairo",
  "America/Havana",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Pacific/Chatham",
];

const isoStarts = (from: string, to: string, bucket: Bucket, zone: string): string[] =>
  (bucketStarts({ fromMs: Date.parse(from), toMs: Date.parse(to) }, bucket, zone) ?? []).map((ms) =>
    new Date(ms).toISOString().replace(":00.000Z", "Z"),
  );

/** A clock of the zone: what Intl shows at an instant. */
function shown(instantMs: number, timeZone: string) {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(instantMs);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return { date: `${of("year")}-${of("month")}-${of("day")}`, time: `${of("hour")}:${of("minute")}` };
}

describe("a range's buckets", () => {
  it.each([
    ["23 hours", "America/New_York", "2026-03-08T05:00Z", "2026-03-09T04:00Z"],
    ["25 hours", "America/New_York", "2026-11-01T04:00Z", "2026-11-02T05:00Z"],
    ["23 hours", "Europe/Berlin", "2026-03-28T23:00Z", "2026-03-29T22:00Z"],
    ["25 hours", "Europe/Berlin", "2026-10-24T22:00Z", "2026-10-25T23:00Z"],
    ["half an hour more than 24 hours", "Australia/Lord_Howe", "2026-04-04T13:00Z", "2026-04-05T13:30Z"],
    ["half an hour less than 24 hours", "Australia/Lord_Howe", "2026-10-03T13:30Z", "2026-10-04T13:00Z"],
  ])("have one day of %s in %s", (_, zone, start, end) => {
    expect(isoStarts("2026-01-01T12:00Z", "2027-01-01T00:00Z", "day", zone)).toEqual(
      expect.arrayContaining([start, end]),
    );
    expect(isoStarts(start, end, "day", zone)).toEqual([start]);
  });

  it.each([
    ["America/New_York", "2026-03-08T05:00Z", "2026-03-09T04:00Z", 23],
    ["America/New_York", "2026-11-01T04:00Z", "2026-11-02T05:00Z", 25],
    ["Asia/Kathmandu", "2026-11-22T18:15Z", "2026-11-23T18:15Z", 24],
    // Half an hour is left over, and has a bucket of its own.
    ["Australia/Lord_Howe", "2026-04-04T13:00Z", "2026-04-05T13:30Z", 25],
    ["Australia/Lord_Howe", "2026-10-03T13:30Z", "2026-10-04T13:00Z", 24],
  ])("by the hour in %s from %s to %s are %s %d", (zone, from, to, hours) => {
    const starts = isoStarts(from, to, "hour", zone);
    expect(starts).toHaveLength(hours);
    expect(starts[1]).toBe(new Date(Date.parse(from) + HOUR_MS).toISOString().replace(":00.000Z", "Z"));
  });

  it("begin with the range itself, and every later one where a local hour does", () => {
    expect(isoStarts("2026-11-22T18:10Z", "2026-11-22T20:20Z", "hour", "Asia/Kathmandu")).toEqual([
      "2026-11-22T18:10Z",
      "2026-11-22T18:15Z",
      "2026-11-22T19:15Z",
      "2026-11-22T20:15Z",
    ]);
  });

  it("are weeks from Monday and months, in the zone's own calendar", () => {
    expect(isoStarts("2026-10-20T00:00Z", "2026-11-10T00:00Z", "week", "Europe/Berlin")).toEqual([
      "2026-10-20T00:00Z",
      "2026-10-25T23:00Z",
      "2026-11-01T23:00Z",
      "2026-11-08T23:00Z",
    ]);
    expect(isoStarts("2026-02-10T00:00Z", "2026-05-01T00:00Z", "month", "America/New_York")).toEqual([
      "2026-02-10T00:00Z",
      "2026-03-01T05:00Z",
      "2026-04-01T04:00Z",
    ]);
  });

  it("of a range that begins with one are no more than without it", () => {
    expect(isoStarts("2026-11-01T04:00Z", "2026-11-03T05:00Z", "day", "America/New_York")).toEqual([
      "2026-11-01T04:00Z",
      "2026-11-02T05:00Z",
    ]);
  });

  it("skip the day that a zone skipped", () => {
    expect(isoStarts("2011-12-29T10:00Z", "2011-12-31T10:00Z", "day", "Pacific/Apia")).toEqual([
      "2011-12-29T10:00Z",
      "2011-12-30T10:00Z",
    ]);
  });

  it("are refused beyond their bound, and not made", () => {
    const fromMs = Date.UTC(2026, 0, 1);
    const hours = (count: number) => bucketStarts({ fromMs, toMs: fromMs + count * HOUR_MS }, "hour", "UTC");
    expect(hours(BUCKETS_MAX)).toHaveLength(BUCKETS_MAX);
    expect(hours(BUCKETS_MAX + 1)).toBeNull();
    expect(hours(400 * 24)).toBeNull();
  });

  it("rise, lie in the range, and begin where the zone's clocks begin a day", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.constantFrom(...BUCKETS),
        fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2029, 0, 1) }),
        fc.integer({ min: 1, max: 40 * DAY_MS }),
        (zone, bucket, fromMs, lengthMs) => {
          const toMs = fromMs + lengthMs;
          const starts = bucketStarts({ fromMs, toMs }, bucket, zone) ?? [];
          expect(starts[0]).toBe(fromMs);
          for (const [index, startMs] of starts.entries()) {
            if (index === 0) continue;
            expect(startMs).toBeGreaterThan(starts[index - 1] ?? Infinity);
            expect(startMs).toBeLessThan(toMs);
            if (bucket === "hour") continue;
            expect(shown(startMs, zone).date > shown(startMs - 1, zone).date).toBe(true);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("a local day", () => {
  it("begins at or before every instant in it, and is the one that clocks show", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2029, 0, 1) }),
        (zone, instantMs) => {
          const startMs = dayStartMs(instantMs, zone);
          expect(startMs).toBeLessThanOrEqual(instantMs);
          expect(instantMs - startMs).toBeLessThanOrEqual(25 * HOUR_MS);
          const { date } = shown(startMs, zone);
          expect(dateStartMs(date, zone)).toBe(startMs);
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([
    ["2026-11-22", "UTC", "2026-11-22T00:00:00.000Z"],
    ["2026-11-22", "Pacific/Kiritimati", "2026-11-21T10:00:00.000Z"],
    ["2026-11-22", "Pacific/Pago_Pago", "2026-11-22T11:00:00.000Z"],
    ["2024-04-26", "Africa/Cairo", "2024-04-25T22:00:00.000Z"],
    ["2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00.000Z"],
  ])("%s in %s begins at %s", (date, zone, start) => {
    expect(new Date(dateStartMs(date, zone)).toISOString()).toBe(start);
  });
});
