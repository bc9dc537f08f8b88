import { describe, expect, it } from "vitest";
import { beginProbe, breakerState, recordHealth, UNKNOWN_HEALTH, type EndpointHealth } from "#routing";
import { NOW_MS } from "./fixture.ts";

const SECOND_MS = 1_000;
const FAULT = { type: "fault", retryAfterMs: null } as const;
const ANSWER = { type: "answered", firstByteMs: 10 } as const;

function after(outcomes: readonly Parameters<typeof recordHealth>[1][], nowMs = NOW_MS, health = UNKNOWN_HEALTH) {
  return outcomes.reduce((known, outcome) => recordHealth(known, outcome, nowMs), health);
}

const state = ({ breaker }: EndpointHealth, nowMs: number) => breakerState(breaker, nowMs);
const times = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);

describe("the breaker of an endpoint", () => {
  it("opens on more faults than answers, not before five calls, and not on the caller's own mistakes", () => {
    expect(state(after(times(4, FAULT)), NOW_MS)).toBe("closed");
    expect(state(after(times(5, FAULT)), NOW_MS)).toBe("open");
    expect(state(after([...times(3, ANSWER), ...times(3, FAULT)]), NOW_MS)).toBe("closed");
    expect(state(after([...times(3, ANSWER), ...times(4, FAULT)]), NOW_MS)).toBe("open");
    expect(after(times(50, { type: "neutral" } as const))).toBe(UNKNOWN_HEALTH);
  });

  it("forgets faults of another window", () => {
    const early = after(times(4, FAULT));
    expect(state(after([FAULT], NOW_MS + 30 * SECOND_MS, early), NOW_MS + 30 * SECOND_MS)).toBe("closed");
  });

  it("lets one probe through when its time is over, and no other meanwhile", () => {
    const open = after(times(5, FAULT));
    expect(state(open, NOW_MS + 5 * SECOND_MS - 1)).toBe("open");
    expect(state(open, NOW_MS + 5 * SECOND_MS)).toBe("half-open");
    const probing = { ...open, breaker: beginProbe(open.breaker, NOW_MS + 5 * SECOND_MS) };
    expect(state(probing, NOW_MS + 6 * SECOND_MS)).toBe("open");
    // Nobody heard of its end: others may find out.
    expect(state(probing, NOW_MS + 35 * SECOND_MS)).toBe("half-open");
  });

  it("closes on a good probe; a bad one doubles the wait, up to five minutes", () => {
    let health = after(times(5, FAULT));
    expect(state(after([ANSWER], NOW_MS + 5 * SECOND_MS, health), NOW_MS + 5 * SECOND_MS)).toBe("closed");
    let nowMs = NOW_MS;
    const waitsMs: number[] = [];
    for (let probe = 0; probe < 8; probe += 1) {
      waitsMs.push(health.breaker.openUntilMs - nowMs);
      nowMs = health.breaker.openUntilMs;
      health = after([FAULT], nowMs, health);
    }
    expect(waitsMs.map((waitMs) => waitMs / SECOND_MS)).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
  });

  it("counts nothing that ends while it is open: those calls began before it opened", () => {
    const open = after(times(5, FAULT));
    expect(after([...times(50, FAULT), ANSWER], NOW_MS + 10, open).breaker).toEqual(open.breaker);
  });

  it("obeys a retry-after at once, whatever answers come in meanwhile, and a longer one when it comes", () => {
    const limited = after([{ type: "fault", retryAfterMs: 20 * SECOND_MS }]);
    expect(state(limited, NOW_MS)).toBe("open");
    const answered = after([ANSWER], NOW_MS + SECOND_MS, limited);
    expect(answered.breaker.limitedUntilMs).toBe(NOW_MS + 20 * SECOND_MS);
    const longer = after([{ type: "fault", retryAfterMs: 30 * SECOND_MS }], NOW_MS + SECOND_MS, answered);
    expect(longer.breaker).toMatchObject({ limitedUntilMs: NOW_MS + 31 * SECOND_MS, openings: 1 });
    const shorter = after([{ type: "fault", retryAfterMs: SECOND_MS }], NOW_MS + SECOND_MS, longer);
    expect(shorter.breaker.limitedUntilMs).toBe(NOW_MS + 31 * SECOND_MS);
    expect(state(longer, NOW_MS + 31 * SECOND_MS)).toBe("half-open");
  });

  it("a wait without end is cut at the longest", () => {
    const limited = after([{ type: "fault", retryAfterMs: 1e12 }]);
    expect(limited.breaker.limitedUntilMs - NOW_MS).toBe(300 * SECOND_MS);
  });
});
