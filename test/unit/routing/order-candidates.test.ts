import { describe, expect, it } from "vitest";
import { recordHealth, recordThroughput, UNKNOWN_HEALTH, type EndpointHealth } from "#routing";
import { endpointOf, NOW_MS, planOf, providersOf, seededRandom } from "./fixture.ts";

const two = [endpointOf("cheap"), endpointOf("dear")];
const prices = { cheap: 1, dear: 2 };
const DRAWS = 4_000;

/** How often each is the first of so many plans. */
function firstShares(options: Parameters<typeof planOf>[1]): Readonly<Record<string, number>> {
  const random = seededRandom(7);
  const shares: Record<string, number> = {};
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const [first = ""] = providersOf(planOf(two, { ...options, random }));
    shares[first] = (shares[first] ?? 0) + 1 / DRAWS;
  }
  return shares;
}

const answered = (firstByteMs: number): EndpointHealth =>
  recordHealth(UNKNOWN_HEALTH, { type: "answered", firstByteMs }, NOW_MS);
const failed = recordHealth(answered(100), { type: "fault", retryAfterMs: null }, NOW_MS);

function opened(atMs: number): EndpointHealth {
  let health = UNKNOWN_HEALTH;
  for (let call = 0; call < 5; call += 1) health = recordHealth(health, { type: "fault", retryAfterMs: null }, atMs);
  return health;
}

describe("the order of a model's endpoints", () => {
  it("is drawn by one over the square of the price", () => {
    expect(firstShares({ prices })["cheap"]).toBeCloseTo(4 / 5, 1);
    expect(firstShares({ prices: { cheap: 1, dear: 1 } })["cheap"]).toBeCloseTo(1 / 2, 1);
  });

  it("halves the weight of one that failed lately", () => {
    expect(firstShares({ health: { "cheap/m": failed } })["cheap"]).toBeCloseTo(1 / 3, 1);
  });

  it("draws one that is free too, and leaves the other a place", () => {
    const plan = planOf(two, { prices: { cheap: 0, dear: 1 }, random: seededRandom(3) });
    expect(providersOf(plan)).toEqual(["cheap", "dear"]);
  });

  it("begins with the caller's order, then the endpoint that holds the cache, then the rest", () => {
    const three = [endpointOf("a"), endpointOf("b"), endpointOf("c")];
    expect(providersOf(planOf(three, { sticky: "c/m" }))[0]).toBe("c");
    expect(providersOf(planOf(three, { sticky: "c/m", provider: { order: ["b"] } }))).toEqual(["b", "c", "a"]);
    expect(providersOf(planOf(three, { provider: { order: ["c/m", "b"] } }))).toEqual(["c", "b", "a"]);
  });

  it("by price is the same every time, and goes before the cache", () => {
    const random = seededRandom(5);
    for (let draw = 0; draw < 50; draw += 1) {
      expect(providersOf(planOf(two, { prices, sort: "price", sticky: "dear/m", random }))).toEqual(["cheap", "dear"]);
    }
  });

  it("by latency and throughput takes the medians, the unknown last; the body's sort goes before the suffix's", () => {
    const slow = recordThroughput(answered(2_000), 90, NOW_MS);
    const quick = recordThroughput(answered(100), 10, NOW_MS);
    const health = { "a/m": slow, "b/m": quick };
    const three = [endpointOf("new"), endpointOf("a"), endpointOf("b")];
    expect(providersOf(planOf(three, { health, sort: "latency" }))).toEqual(["b", "a", "new"]);
    expect(providersOf(planOf(three, { health, sort: "throughput" }))).toEqual(["a", "b", "new"]);
    expect(providersOf(planOf(three, { health, sort: "latency", provider: { sort: "throughput" } }))[0]).toBe("a");
  });

  it("puts an open breaker behind everything, a half-open one in its own place again", () => {
    const health = { "cheap/m": opened(NOW_MS - 1_000) };
    expect(providersOf(planOf(two, { prices, health, sort: "price" }))).toEqual(["dear", "cheap"]);
    const later = { "cheap/m": opened(NOW_MS - 10_000) };
    expect(providersOf(planOf(two, { prices, health: later, sort: "price" }))).toEqual(["cheap", "dear"]);
  });
});
