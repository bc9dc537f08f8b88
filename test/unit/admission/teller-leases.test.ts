import { describe, expect, it } from "vitest";
import { createTeller, type AccountPort, type AdmitCommand, type Teller } from "#admission";
import { nanoUsd } from "#kernel";
import { constantCost, countingRandom, ended, outcomeOf, TestAccount, type AccountSetup } from "./account-fixture.ts";
import { ManualTimers } from "./manual-timers.ts";

const LIFE_MS = 5_000;

/** A teller over a real account, on one clock; every word between them is counted, and can be lost. */
class Scene {
  readonly account: TestAccount;
  readonly timers = new ManualTimers();
  readonly words: string[] = [];
  readonly kept: Promise<void>[] = [];
  /** How long the account's answers take. */
  answerMs = 0;
  /** How far the isolate's wall clock has jumped; timers count on. */
  jumpMs = 0;
  /** Words whose answer is lost after they were heard. */
  readonly deaf = new Set<keyof AccountPort>();
  /** Words that do not arrive. */
  readonly gone = new Set<keyof AccountPort>();
  teller: Teller;

  constructor(setup: AccountSetup) {
    this.account = new TestAccount(setup);
    this.teller = this.newIsolate();
  }

  newIsolate(): Teller {
    const { account, timers } = this;
    const startMs = account.nowMs;
    const clock = { nowMs: () => startMs + timers.nowMs + this.jumpMs };
    const hear = async <Value>(word: keyof AccountPort, act: () => Value): Promise<Value> => {
      if (this.gone.has(word)) throw new Error("not reached");
      this.words.push(word);
      account.nowMs = clock.nowMs();
      const value = act();
      if (this.deaf.has(word)) return await new Promise<never>(() => undefined);
      if (this.answerMs > 0) await new Promise<void>((resolve) => void timers.schedule(resolve, this.answerMs));
      return value;
    };
    return createTeller({
      account: {
        admit: (command) => hear("admit", () => account.admit(command)),
        lease: ({ wish }) => hear("lease", () => account.lease(wish)),
        returnLease: (command) => hear("returnLease", () => account.returnLease(command)),
        extend: (commands) => hear("extend", () => commands.flatMap((command) => account.extend(command) ?? [])),
        checkpoint: () => hear("checkpoint", () => undefined),
        settle: (commands) =>
          hear("settle", () =>
            commands.map(({ id, end, leased }) =>
              leased
                ? (account.settleLeased(leased, BigInt(end.cost_nano)) ?? "unknown")
                : (account.settle(id, BigInt(end.cost_nano)) ?? "unknown"),
            ),
          ),
      },
      schedule: timers.schedule,
      clock,
      random: countingRandom(),
      bounds: { coalesceMs: 0, idleCoalesceMs: 0, admitTimeoutMs: 500, settleTimeoutMs: 500 },
    });
  }

  command(costNano: bigint, change: Partial<AdmitCommand> = {}): AdmitCommand {
    this.account.nowMs += 0;
    return this.account.command(constantCost(costNano), change);
  }

  async admit(command: AdmitCommand): Promise<string> {
    const asked = this.teller.admit(command, (work) => void this.kept.push(work));
    await this.timers.advance(this.answerMs);
    return outcomeOf(await asked);
  }

  async settle(command: AdmitCommand, costNano = 1n): Promise<string> {
    const told = this.teller.settle({ id: command.draft.id, end: ended(costNano) });
    await this.timers.advance(this.answerMs);
    return await told;
  }

  /** Calls so many, settled at once, so long after each other. */
  async run(calls: number, gapMs: number): Promise<void> {
    for (let call = 0; call < calls; call += 1) {
      const command = this.command(10n);
      expect(await this.admit(command)).toBe("admitted");
      expect(await this.settle(command)).toBe("settled");
      await this.timers.advance(gapMs);
    }
  }

  heard(word: keyof AccountPort): number {
    return this.words.filter((one) => one === word).length;
  }
}

describe("a teller with leases", () => {
  it("asks for the first two calls of a key, and from then on admits without a word in the way of any", async () => {
    const scene = new Scene({ balanceNano: 1_000_000n });
    await scene.run(50, 200);
    expect(scene.heard("admit")).toBe(2);
    expect(scene.heard("lease")).toBeGreaterThan(1);
    await scene.timers.advance(2 * LIFE_MS);
    await Promise.all(scene.kept);
    expect(scene.account.state).toMatchObject({ heldNano: 0n, leasedNano: 0n, balanceNano: 999_950n });
    expect(scene.account.state.leases.size).toBe(0);
    expect(scene.timers.pending).toBe(0);
  });

  it("asks for every call of a key that is seldom used, that is strict, or that has an Idempotency-Key", async () => {
    const seldom = new Scene({ balanceNano: 1_000_000n });
    await seldom.run(6, 60_000);
    const strict = new Scene({ balanceNano: 1_000_000n, key: { strict: true } });
    await strict.run(6, 10);
    for (const { words } of [seldom, strict]) expect(words.filter((word) => word === "admit")).toHaveLength(6);
    const keyed = new Scene({ balanceNano: 1_000_000n });
    await keyed.run(3, 10);
    const before = keyed.heard("admit");
    const command = keyed.command(10n, { idempotency: { keyHash: "1d".repeat(32) } });
    expect(await keyed.admit(command)).toBe("admitted");
    expect(keyed.heard("admit")).toBe(before + 1);
  });

  it("G19, S4: admits nothing from a lease whose life is over, however the account is doing", async () => {
    const scene = new Scene({ balanceNano: 1_000_000n });
    await scene.run(5, 100);
    scene.account.apply([{ type: "key", version: 2, key: { ...scene.account.key, status: "revoked" } }]);
    expect(await scene.admit(scene.command(10n))).toBe("admitted");
    await scene.timers.advance(LIFE_MS);
    expect(await scene.admit(scene.command(10n))).toBe("api_key_revoked");
  });

  it("G19, S4: knows that a life is over by its own clock, whether or not any timer told it, counted from when it asked", async () => {
    const scene = new Scene({ balanceNano: 1_000_000n });
    scene.answerMs = 400;
    await scene.run(1, 100);
    await scene.run(1, 0);
    // The second call's answer brought the lease, 400 ms after it was asked for, and its settle took as long.
    const before = scene.heard("admit");
    scene.timers.nowMs += LIFE_MS - 500;
    expect(await scene.admit(scene.command(10n))).toBe("admitted");
    expect(scene.heard("admit")).toBe(before + 1);
  });

  it("gives its leases back in their time though its clock went back ten minutes, and admits nothing more from them", async () => {
    const scene = new Scene({ balanceNano: 1_000_000n });
    await scene.run(5, 100);
    expect(scene.account.state.leases.size).toBeGreaterThan(0);
    scene.jumpMs = -600_000;
    const before = scene.heard("admit");
    const command = scene.command(10n);
    expect(await scene.admit(command)).toBe("admitted");
    expect(scene.heard("admit")).toBe(before + 1);
    expect(await scene.settle(command)).toBe("settled");
    await scene.timers.advance(2 * LIFE_MS);
    await Promise.all(scene.kept);
    expect(scene.account.state).toMatchObject({ heldNano: 0n, leasedNano: 0n });
    expect(scene.account.state.leases.size).toBe(0);
  });

  it("gives them back with its next call where the timers that watch them stand still with the clock", async () => {
    const scene = new Scene({ balanceNano: 1_000_000n });
    await scene.run(5, 100);
    expect(scene.account.state.leases.size).toBeGreaterThan(0);
    scene.jumpMs = -600_000;
    await scene.admit(scene.command(10n));
    // No time passes: no timer has told anybody of anything.
    await scene.timers.advance(0);
    const left = [...scene.account.state.leases.values()].filter(
      ({ expiresMs }) => expiresMs > scene.account.nowMs + LIFE_MS,
    );
    expect(left).toEqual([]);
  });

  it("spends a lease once, however unequal its calls are", async () => {
    const scene = new Scene({ balanceNano: 1_000_000n });
    await scene.run(4, 100);
    const leases = [...scene.account.state.leases.values()];
    const largest = leases.reduce((most, { nano }) => (nano > most ? nano : most), 0n);
    const heard = scene.heard("admit");
    const held = (
      await Promise.all(
        [largest, largest, largest, largest, largest, largest].map(async (nano) => {
          const command = scene.command(nano - 10n);
          return (await scene.admit(command)) === "admitted" ? nano - 10n : 0n;
        }),
      )
    ).reduce((sum, nano) => sum + nano, 0n);
    const asked = BigInt(scene.heard("admit") - heard) * (largest - 10n);
    const leased = leases.reduce((sum, { nano }) => sum + nano, 0n);
    expect(held - asked).toBeLessThanOrEqual(leased);
  });

  it("admits nothing more from a lease that is on its way back", async () => {
    const scene = new Scene({ balanceNano: 1_000n });
    await scene.run(4, 100);
    scene.deaf.add("returnLease");
    const waiting = scene.teller.admit(scene.command(scene.account.state.balanceNano), () => undefined);
    await scene.timers.advance(0);
    const before = scene.heard("admit");
    await scene.admit(scene.command(1n));
    expect(scene.heard("admit")).toBe(before + 1);
    await scene.timers.advance(1_000);
    await waiting;
  });

  it("what the organization allows holds within a lease as the key's own lists do", async () => {
    const organization = { models: ["openai/gpt-test"], ipAllow: ["203.0.113.0/24"] };
    const scene = new Scene({ balanceNano: 1_000n, organization });
    await scene.run(4, 100);
    const before = scene.heard("admit");
    expect(await scene.admit(scene.command(10n))).toBe("admitted");
    expect(scene.heard("admit")).toBe(before);
    const { draft } = scene.command(10n);
    expect(await scene.admit(scene.command(10n, { draft: { ...draft, model: "openai/other" } }))).toBe(
      "model_not_allowed",
    );
    expect(await scene.admit(scene.command(10n, { clientIp: "198.51.100.1" }))).toBe("ip_not_allowed");
  });

  it("a call it cannot decide for the caller goes to the account: another model, another address, too dear, too long", async () => {
    const scene = new Scene({ balanceNano: 1_000n, key: { models: ["openai/gpt-test"], ipAllow: ["203.0.113.0/24"] } });
    await scene.run(4, 100);
    const { draft } = scene.command(10n);
    expect(await scene.admit(scene.command(10n, { draft: { ...draft, model: "openai/other" } }))).toBe(
      "model_not_allowed",
    );
    expect(await scene.admit(scene.command(10n, { clientIp: "198.51.100.1" }))).toBe("ip_not_allowed");
    expect(await scene.admit(scene.command(700n))).toBe("admitted");
  });

  it("gives its own leases back when they alone stand in a call's way, and asks again", async () => {
    const scene = new Scene({ balanceNano: 1_000n });
    await scene.run(4, 100);
    expect(scene.account.state.leasedNano).toBeGreaterThan(0n);
    const rest = scene.account.state.balanceNano;
    expect(await scene.admit(scene.command(rest))).toBe("admitted");
    expect(scene.account.state).toMatchObject({ heldNano: rest, leasedNano: 0n });
  });

  it("is told to come back where another isolate's lease stands in the way, and never that the credit is used up", async () => {
    const scene = new Scene({ balanceNano: 1_000n });
    await scene.run(4, 100);
    scene.teller = scene.newIsolate();
    const rest = scene.account.state.balanceNano;
    expect(await scene.admit(scene.command(rest))).toBe("credit_reserved");
    await scene.timers.advance(LIFE_MS);
    expect(await scene.admit(scene.command(rest))).toBe("admitted");
  });

  it("tells the account of calls that run on within a second, so that a dead isolate forgets no older one", async () => {
    const scene = new Scene({ balanceNano: 1_000_000n });
    await scene.run(4, 100);
    const running = scene.command(10n);
    expect(await scene.admit(running)).toBe("admitted");
    expect(scene.account.state.holds.has(running.draft.id)).toBe(false);
    await scene.timers.advance(2_000);
    expect(scene.account.state.holds.has(running.draft.id)).toBe(true);
    expect(await scene.settle(running, 7n)).toBe("settled");
  });

  it("tells of a burst of many calls before any is older than a second, in as many words as they need", async () => {
    const scene = new Scene({ balanceNano: 1_000_000_000n });
    await scene.run(400, 5);
    const burst = Array.from({ length: 150 }, () => scene.command(10n));
    for (const command of burst) expect(await scene.admit(command)).toBe("admitted");
    await scene.timers.advance(1_000);
    expect(burst.filter(({ draft }) => !scene.account.state.holds.has(draft.id))).toEqual([]);
  });

  it("asks for one lease when calls come together", async () => {
    const scene = new Scene({ balanceNano: 1_000_000n });
    await scene.run(2, 100);
    await scene.timers.advance(2 * LIFE_MS);
    scene.answerMs = 50;
    const before = scene.account.state.leases.size;
    const together = Array.from({ length: 8 }, () =>
      scene.teller.admit(scene.command(10n), (work) => void scene.kept.push(work)),
    );
    await scene.timers.advance(50);
    expect((await Promise.all(together)).map(outcomeOf)).toEqual(Array.from({ length: 8 }, () => "admitted"));
    expect(scene.account.state.leases.size - before).toBe(1);
  });

  it("holds more out of its lease with no word, and asks once the account knows the call", async () => {
    const scene = new Scene({ balanceNano: 1_000_000n });
    await scene.run(4, 100);
    const running = scene.command(10n);
    await scene.admit(running);
    const { id } = running.draft;
    expect(await scene.teller.extend({ id, toNano: nanoUsd(15n) })).toEqual({ heldNano: 15n, refusal: null });
    expect(scene.heard("extend")).toBe(0);
    await scene.timers.advance(2_000);
    const told = scene.heard("extend");
    expect(await scene.teller.extend({ id, toNano: nanoUsd(500n) })).toEqual({ heldNano: 500n, refusal: null });
    expect(scene.heard("extend")).toBe(told + 1);
    expect(scene.account.state.holds.get(id)?.heldNano).toBe(500n);
  });

  it("a lease whose answer was lost is given back all the same", async () => {
    const scene = new Scene({ balanceNano: 1_000_000n });
    await scene.run(2, 100);
    scene.deaf.add("lease");
    await scene.run(20, 100);
    await scene.timers.advance(60_000);
    expect(scene.account.state.leasedNano).toBe(0n);
  });

  it("a return whose answer was lost is sent again, and calls of the lease are settled once", async () => {
    const scene = new Scene({ balanceNano: 1_000_000n });
    await scene.run(4, 100);
    const running = scene.command(10n);
    await scene.admit(running);
    scene.deaf.add("returnLease");
    await scene.timers.advance(LIFE_MS + 2_000);
    scene.deaf.clear();
    expect(await scene.settle(running, 7n)).toBe("settled");
    await scene.timers.advance(60_000);
    expect(scene.account.state).toMatchObject({ heldNano: 0n, leasedNano: 0n, balanceNano: 999_989n });
  });

  it("that could not be given back, nor its calls be settled, is taken up by a later call: each call has its receipt", async () => {
    const scene = new Scene({ balanceNano: 1_000_000n });
    await scene.run(4, 100);
    const running = scene.command(10n);
    await scene.admit(running);
    for (const word of ["settle", "returnLease", "extend"] as const) scene.gone.add(word);
    const settled = scene.teller.settle({ id: running.draft.id, end: ended(7n) });
    await scene.timers.advance(60_000);
    expect(await settled).toBe("unacknowledged");
    await Promise.all(scene.kept);
    expect(scene.account.state.leases.size).toBeGreaterThan(0);
    scene.gone.clear();
    expect(await scene.admit(scene.command(10n))).toBe("admitted");
    await scene.timers.advance(0);
    expect(scene.account.state.leases.size).toBe(0);
    expect(scene.account.state.holds.has(running.draft.id)).toBe(true);
  });

  it("goes on asking for leases when the platform dropped every request that held one, or was asking", async () => {
    const scene = new Scene({ balanceNano: 1_000_000n });
    for (let round = 0; round < 8; round += 1) {
      await scene.run(6, 100);
      scene.timers.drop();
      await scene.timers.advance(6_000);
    }
    scene.timers.drop();
    await scene.timers.advance(30_000);
    const before = scene.heard("admit");
    await scene.run(30, 100);
    expect(scene.heard("admit") - before).toBeLessThan(20);
    await scene.timers.advance(60_000);
    expect(scene.account.state.leases.size).toBe(0);
  });
});
