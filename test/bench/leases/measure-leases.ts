/**
 * `npm run bench -- --leases`: what a call pays for an Account object that is far away, by how often its key is used, and
 * what it costs the platform's prices in counted operations. The link between the gateway and the object delays every
 * word; nothing in the gateway knows of it.
 */
import { HttpConnection } from "../http-connection.ts";
import { chatRequest } from "../requests.ts";
import type { Bench } from "../start-targets.ts";
import { percentile } from "../statistics.ts";
import { costPerMillion, PRICES } from "./operation-cost.ts";
import { startFarAccount, type Counted, type FarAccount } from "./far-account.ts";

const ROUND_TRIPS_MS = [0, 50, 150] as const;
const RATES_PER_SECOND = [0.2, 1, 5, 20] as const;
const PATH = "/v1/chat/completions";
/** A call that took so much of the round trip and more has paid for one. */
const HOP_PART = 0.8;
/** Until every lease of a rate is over and returned. */
const REST_MS = 7_000;
const MS_PER_SECOND = 1_000;
const FULL_MS = 80_000;
const QUICK_MS = 12_000;

interface Rated {
  readonly rate: number;
  readonly strict: boolean;
  readonly durationsMs: readonly number[];
  readonly counted: Counted;
}

export async function measureLeases(bench: Bench, isQuick: boolean): Promise<void> {
  const far = await startFarAccount(bench);
  const windowMs = isQuick ? QUICK_MS : FULL_MS;
  const rows: string[] = [];
  const costs: string[] = [];
  const zero = new Map<string, number>();
  for (const roundTripMs of ROUND_TRIPS_MS) {
    await far.link.setRoundTripMs(roundTripMs);
    process.stderr.write(`round trip ${roundTripMs} ms\n`);
    const variants = [...RATES_PER_SECOND.map((rate) => ({ rate, strict: false })), { rate: 5, strict: true }];
    const rated = await Promise.all(variants.map((variant, seed) => runAt(far, variant, windowMs, seed + 1)));
    for (const one of rated) {
      const name = `${one.strict ? "strict" : "leased"} ${one.rate}`;
      const p50 = percentile(one.durationsMs, 0.5);
      if (roundTripMs === 0) zero.set(name, p50);
      rows.push(describe(one, roundTripMs, p50 / (zero.get(name) ?? p50)));
      if (roundTripMs === 0) costs.push(describeCost(one));
    }
  }
  await far.close();
  console.log(
    [
      "",
      "A call's whole time, by rate of its key and distance of its object",
      "  admission  calls/s  round trip   calls   p50 ms   p90 ms   p50 / p50 at 0 ms   calls without a hop",
      ...rows,
      "",
      `Operations per call, and USD per million calls at the prices of ${PRICES.date}`,
      ...costs,
    ].join("\n"),
  );
}

/** Calls at a rate, evenly spread with some chance, one after the other as one client sends them. */
async function runAt(
  far: FarAccount,
  { rate, strict }: Pick<Rated, "rate" | "strict">,
  windowMs: number,
  seed: number,
): Promise<Rated> {
  const organization = await far.organization(strict);
  const connection = await HttpConnection.open(far.gatewayPort);
  const request = chatRequest({ port: far.gatewayPort, path: PATH, apiKey: organization.apiKey });
  const chance = makeChance(seed);
  // What loads code and opens connections is not what leases are about; and the first lease is not the usual one.
  await connection.exchange(request);
  const durationsMs: number[] = [];
  const endMs = performance.now() + windowMs;
  while (performance.now() < endMs) {
    await delay((MS_PER_SECOND / rate) * (0.5 + chance()));
    durationsMs.push((await connection.exchange(request)).durationMs);
  }
  connection.close();
  await delay(REST_MS);
  return { rate, strict, durationsMs, counted: await far.count(organization) };
}

function describe({ rate, strict, durationsMs }: Rated, roundTripMs: number, ratio: number): string {
  const hops = durationsMs.filter((ms) => roundTripMs > 0 && ms >= roundTripMs * HOP_PART).length;
  const without = roundTripMs === 0 ? "-" : `${(100 * (1 - hops / durationsMs.length)).toFixed(1)} %`;
  return [
    `  ${strict ? "strict" : "leased"}`.padEnd(13),
    String(rate).padStart(5),
    `${roundTripMs} ms`.padStart(12),
    String(durationsMs.length).padStart(8),
    percentile(durationsMs, 0.5).toFixed(2).padStart(9),
    percentile(durationsMs, 0.9).toFixed(2).padStart(9),
    ratio.toFixed(2).padStart(16),
    without.padStart(22),
  ].join("");
}

function describeCost({ rate, strict, durationsMs, counted }: Rated): string {
  const calls = durationsMs.length + 1;
  const objectCalls = Object.values(counted.calls).reduce((sum, count) => sum + count, 0) / calls;
  const rows = counted.status.rowsWritten / calls;
  const { total, bare } = costPerMillion({ objectCalls, rows });
  const parts = Object.entries(counted.calls).map(([method, count]) => `${method} ${(count / calls).toFixed(2)}`);
  return [
    `  ${strict ? "strict" : "leased"} ${rate}/s: ${objectCalls.toFixed(2)} object calls (${parts.join(", ")}),`,
    `${rows.toFixed(2)} rows written: ${total.toFixed(2)} USD, ${(total / bare).toFixed(2)} × a bare Worker`,
  ].join(" ");
}

/** Numbers from 0 to 1 that are the same in every run. */
function makeChance(seed: number): () => number {
  const modulus = 2_147_483_647;
  let state = seed;
  return () => {
    state = (state * 48_271) % modulus;
    return state / modulus;
  };
}

const delay = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
