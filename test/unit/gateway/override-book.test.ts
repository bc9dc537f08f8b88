import { expect, test } from "vitest";
import { OverrideBook, type Overrides } from "../../../workers/gateway/override-book.ts";

const READ_MAX_MS = 5_000;
const STALE_MS = 30_001;
const setOf = (prices: number, stops = 0): Overrides => ({
  prices: { version: prices, entries: [] },
  stops: { version: stops, targets: [] },
});

/** A store that answers when the test says so. */
function handStore() {
  const reads: {
    readonly since: readonly number[];
    readonly answer: (overrides: Partial<Overrides> | null) => void;
  }[] = [];
  const clock = { now: 0, nowMs: () => clock.now };
  const book = new OverrideBook(
    (...since) =>
      new Promise((resolve) => {
        const answer = (read: Partial<Overrides> | null): void =>
          resolve(read && { prices: null, stops: null, ...read });
        reads.push({ since, answer });
      }),
    clock,
    READ_MAX_MS,
  );
  const kept: Promise<void>[] = [];
  return { book, clock, reads, kept, current: () => book.current((work) => kept.push(work)) };
}

test("the first requests wait for one read together, and it is kept alive beyond the request that began it", async () => {
  const { reads, kept, current } = handStore();
  const waiting = [current(), current()];
  expect(reads).toHaveLength(1);
  expect(kept.length).toBeGreaterThan(0);
  reads[0]?.answer(setOf(3));
  expect(await Promise.all(waiting)).toEqual([setOf(3), setOf(3)]);
});

test("a stale set is used while a newer one is read behind it; no answer keeps the last good one", async () => {
  const { clock, reads, kept, current } = handStore();
  const first = current();
  reads[0]?.answer(setOf(3));
  await first;
  clock.now += STALE_MS;
  expect(await current()).toEqual(setOf(3));
  expect(reads[1]?.since).toEqual([3, 0]);
  reads[1]?.answer(setOf(4));
  await Promise.all(kept);
  expect(await current()).toEqual(setOf(4));
  clock.now += STALE_MS;
  expect(await current()).toEqual(setOf(4));
  reads[2]?.answer(null);
  await Promise.all(kept);
  expect(await current()).toEqual(setOf(4));
});

test("a read that was dropped with its request is replaced when it is older than any read takes", async () => {
  const { clock, reads, current } = handStore();
  void current();
  clock.now += READ_MAX_MS;
  void current();
  expect(reads).toHaveLength(1);
  clock.now += 1;
  const waiting = current();
  expect(reads).toHaveLength(2);
  reads[1]?.answer(setOf(3));
  expect(await waiting).toEqual(setOf(3));
});

test("prices and stops go on apart: one that is not newer, or did not come, leaves the one before", async () => {
  const { clock, reads, kept, current } = handStore();
  const first = current();
  reads[0]?.answer(setOf(3, 7));
  await first;
  const read = async (answer: Partial<Overrides>) => {
    clock.now += STALE_MS;
    await current();
    reads.at(-1)?.answer(answer);
    await Promise.all(kept);
    return current();
  };
  expect(await read({ stops: setOf(0, 8).stops })).toEqual(setOf(3, 8));
  expect(await read({ prices: setOf(4).prices })).toEqual(setOf(4, 8));
  expect(await read(setOf(3, 7))).toEqual(setOf(4, 8));
  expect(reads.at(-1)?.since).toEqual([4, 8]);
});

test("after a minute without any request the next waits, so that it does not call what was stopped meanwhile", async () => {
  const { clock, reads, current } = handStore();
  const first = current();
  reads[0]?.answer(setOf(3));
  await first;
  clock.now += 60_001;
  const waiting = current();
  reads[1]?.answer(setOf(3, 1));
  expect(await waiting).toEqual(setOf(3, 1));
});

test("with the store away it waits once, and goes on by what it knows", async () => {
  const { clock, reads, current } = handStore();
  const first = current();
  reads[0]?.answer(setOf(3));
  await first;
  clock.now += 60_001;
  const waiting = current();
  reads[1]?.answer(null);
  expect([await waiting, await current()]).toEqual([setOf(3), setOf(3)]);
  expect(reads).toHaveLength(2);
});
