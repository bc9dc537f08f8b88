import { evictDurableObject, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { breakerState, NO_DELTA, percentile, type HealthDelta, type SharedHealth } from "#routing";
import { EXCHANGE_LOST_MS, EXCHANGE_MS } from "../../workers/gateway/health/health-exchange.ts";
import { healthPort, type HealthPort } from "../../workers/gateway/health/health-port.ts";
import { HealthStore } from "../../workers/gateway/health-store.ts";
import { systemClock } from "../../workers/http/platform.ts";

const BOUNDS = { openMaxMs: 300_000 };
const MINUTE_MS = 60_000;
const ENDPOINT = "openai/gpt-test";
const FAULT = { type: "fault", retryAfterMs: null } as const;
const RPC_MAX_MS = 5_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(1_800_000_000_000);
});

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

/** An isolate of the gateway, as far as health goes. */
class Isolate {
  readonly store: HealthStore;

  constructor(port: HealthPort | null = healthPort(env, RPC_MAX_MS)) {
    this.store = new HealthStore(systemClock, BOUNDS, port);
  }

  answer(firstByteMs: number): this {
    this.store.record(ENDPOINT, { type: "answered", firstByteMs });
    return this;
  }

  fail(times: number): this {
    for (let call = 0; call < times; call += 1) this.store.record(ENDPOINT, FAULT);
    return this;
  }

  /** What a request that comes by does, and what it leaves behind its answer. Returns how many messages went out. */
  async exchange(): Promise<number> {
    const works: Promise<void>[] = [];
    this.store.exchange((work) => works.push(work));
    await Promise.all(works);
    return works.length;
  }

  get median(): number | null {
    return percentile(this.store.read(ENDPOINT).firstByteMs, 0.5, Date.now());
  }

  get calls(): number {
    const { slots } = this.store.read(ENDPOINT).firstByteMs;
    return slots.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0);
  }

  get state(): string {
    return breakerState(this.store.read(ENDPOINT).breaker, Date.now());
  }
}

const later = (ms: number): unknown => vi.setSystemTime(Date.now() + ms);
const stub = (provider = "openai") => env.HEALTH.get(env.HEALTH.idFromName(provider));
const delta = (change: Partial<HealthDelta> = {}): HealthDelta => ({ endpoint: ENDPOINT, ...NO_DELTA, ...change });

describe("two isolates and the Health object of a provider", () => {
  it("know each other's times after they told, and none twice", async () => {
    const [one, other] = [new Isolate().answer(100).answer(100), new Isolate().answer(3_000)];
    await one.exchange();
    await other.exchange();
    expect([one.calls, other.calls]).toEqual([2, 3]);
    expect(other.median).toBeLessThan(200);
    later(EXCHANGE_MS);
    one.answer(100);
    other.answer(100);
    await one.exchange();
    await other.exchange();
    expect([one.calls, other.calls]).toEqual([4, 5]);
  });

  it("open by the faults that each alone has too few of", async () => {
    const [one, other] = [new Isolate().fail(3), new Isolate().fail(3)];
    await one.exchange();
    expect(one.state).toBe("closed");
    await other.exchange();
    expect(other.state).toBe("open");
    later(5_000);
    expect(other.state).toBe("half-open");
  });

  it("hear of an opening, and an isolate whose probe was good is not shut again by what is old", async () => {
    const [one, other] = [new Isolate().fail(5), new Isolate().answer(10)];
    await one.exchange();
    await other.exchange();
    expect([one.state, other.state]).toEqual(["open", "open"]);
    later(EXCHANGE_MS);
    expect([one.state, other.state]).toEqual(["half-open", "half-open"]);
    await one.answer(10).exchange();
    await other.fail(1).exchange();
    expect([one.state, other.state]).toEqual(["closed", "open"]);
  });

  it("share a wait that the endpoint asked for, cut at the longest", async () => {
    const [one, other] = [new Isolate(), new Isolate().answer(10)];
    one.store.record(ENDPOINT, { type: "fault", retryAfterMs: 20_000 });
    await one.exchange();
    await other.exchange();
    expect(other.store.read(ENDPOINT).breaker.limitedUntilMs).toBe(Date.now() + 20_000);
    const [shared] = (await stub("far").merge([delta({ openUntilMs: Date.now() + 1e9, openings: 1 })])) ?? [];
    expect(shared?.health.breaker.openUntilMs).toBe(Date.now() + BOUNDS.openMaxMs);
  });

  it("forget after five minutes", async () => {
    await new Isolate().answer(100).exchange();
    later(5 * MINUTE_MS + 30_000);
    expect(await stub().merge([])).toEqual([]);
  });

  it("lose nothing but freshness with the object: it is filled again", async () => {
    const one = new Isolate().answer(100);
    await one.exchange();
    await evictDurableObject(stub());
    later(EXCHANGE_MS);
    await one.answer(100).exchange();
    expect(one.median).toBeLessThan(200);
  });
});

describe("what the object takes", () => {
  const slot = (startMs: number, length = 48) => ({ startMs, counts: Array.from({ length }, () => 1) });

  it.each([
    ["no list", { endpoint: ENDPOINT }],
    ["a member too many", [{ ...delta(), prompt: "text" }]],
    ["a member too few", [{ endpoint: ENDPOINT, calls: 1 }]],
    ["a negative count", [delta({ calls: -1 })]],
    ["no number", [delta({ faults: Number.NaN })]],
    ["buckets of another version", [delta({ firstByteMs: { slots: [slot(0, 47)] } })]],
    ["slots beside the grid", [delta({ firstByteMs: { slots: [slot(1)] } })]],
    ["too many slots", [delta({ firstByteMs: { slots: Array.from({ length: 11 }, (_, at) => slot(at * 30_000)) } })]],
    ["too many endpoints", Array.from({ length: 257 }, (_, at) => delta({ endpoint: `openai/${at}` }))],
    ["a name without end", [delta({ endpoint: "x".repeat(257) })]],
  ])("refuses %s, and takes nothing of what came with it", async (_, malformed) => {
    const good = delta({ calls: 1, openUntilMs: Date.now() + 1_000, openings: 1 });
    const sent: unknown = Array.isArray(malformed) ? [good, ...malformed] : malformed;
    expect(await Reflect.apply(stub().merge, stub(), [sent])).toBeNull();
    expect(await stub().merge([])).toEqual([]);
  });

  it("remembers a bounded number of endpoints", async () => {
    for (const start of [0, 200]) {
      const names = Array.from({ length: 200 }, (_, at) => `openai/${start + at}`);
      await stub().merge(names.map((endpoint) => delta({ endpoint, calls: 1 })));
    }
    expect(await stub().merge([])).toHaveLength(256);
  });
});

describe("the messages of an isolate", () => {
  it("go out at most every ten seconds, one at a time, and no request waits for them", async () => {
    const sent: (readonly HealthDelta[])[] = [];
    const { promise, resolve } = Promise.withResolvers<readonly SharedHealth[]>();
    const one = new Isolate((_, deltas) => {
      sent.push(deltas);
      return promise;
    }).answer(10);
    const first = one.exchange();
    one.answer(10);
    later(EXCHANGE_MS);
    expect(await one.exchange()).toBe(0);
    resolve([]);
    await first;
    expect(await one.exchange()).toBe(1);
    expect(sent).toHaveLength(2);
    expect(await one.answer(10).exchange()).toBe(0);
  });

  it("are told again when nobody answered, or when the request that carried them died", async () => {
    const sent: (readonly HealthDelta[])[] = [];
    const answers: Promise<null>[] = [Promise.resolve(null), new Promise(() => undefined)];
    const one = new Isolate((_, deltas) => {
      sent.push(deltas);
      return answers.shift() ?? Promise.resolve([]);
    }).fail(2);
    await one.exchange();
    later(EXCHANGE_MS);
    one.fail(1).store.exchange(() => undefined);
    later(EXCHANGE_LOST_MS);
    await one.exchange();
    expect(sent.map(([message]) => message?.faults)).toEqual([2, 3, 3]);
  });

  it("an isolate without the object goes by what it saw itself", async () => {
    const alone = new Isolate(null).fail(5);
    expect(await alone.exchange()).toBe(0);
    expect(alone.state).toBe("open");
    const unreachable = new Isolate(() => Promise.resolve(null)).answer(100);
    await unreachable.exchange();
    expect(unreachable.median).toBeLessThan(200);
  });

  it("a silent provider costs no message", async () => {
    expect(await new Isolate().exchange()).toBe(0);
  });
});
