import { expect } from "vitest";
import type { Call } from "../../stack/calls.ts";
import type { Organization } from "../../stack/proving-ground.ts";
import { until } from "../../stack/until.ts";
import { codesOf, RICH_NANO, startConstant, type ConstantCost } from "../constant-calls.ts";
import type { Tellers } from "../start-tellers.ts";
import { expectAllCharged, expectOnlyAnsweredCharged, strictOrganization, untilLeased } from "./fault-calls.ts";
import { startLoad } from "./steady-load.ts";

/** What a gateway waits for the object in this suite. */
export const PATIENCE_MS = 1_500;
const FAR_ROUND_TRIP_MS = 300;
/** An answer comes long after the caller was refused, and what was asked has been done. */
const TOO_SLOW_ROUND_TRIP_MS = 2 * PATIENCE_MS + 1_000;
/** Of each key in all. */
const FAR_CALLS = 15;

const callEverywhere = (ground: Tellers, { apiKey }: Organization): Promise<Call[]> =>
  Promise.all(ground.tellers.map((teller) => startConstant(teller, apiKey).over));

/** Far away, but within the gateway's patience: all is as ever. */
export async function expectFarObject(ground: Tellers, cost: ConstantCost): Promise<void> {
  const both = [await ground.organization(RICH_NANO), await strictOrganization(ground, RICH_NANO)];
  await ground.setRoundTripMs(FAR_ROUND_TRIP_MS);
  await using load = startLoad(
    ground,
    both.map(({ apiKey }) => apiKey),
  );
  await until("each has called often", () => both.every(({ apiKey }) => load.callsOf(apiKey).length >= FAR_CALLS));
  await load.stop();
  await ground.setRoundTripMs(0);
  for (const organization of both) {
    await expectAllCharged(ground, organization, load.callsOf(organization.apiKey), cost);
  }
}

/** Slower than the gateway's patience: whoever has a lease goes on with it, whoever has none is refused. */
export async function expectTooSlowObject(ground: Tellers, cost: ConstantCost): Promise<void> {
  const leased = await ground.organization(RICH_NANO);
  const strict = await strictOrganization(ground, RICH_NANO);
  const calls = { leased: await untilLeased(ground, leased), strict: await callEverywhere(ground, strict) };
  await ground.setRoundTripMs(TOO_SLOW_ROUND_TRIP_MS);
  const [fromLeases, refused] = await Promise.all([callEverywhere(ground, leased), callEverywhere(ground, strict)]);
  // Nobody can have asked the object for these.
  expect(codesOf(fromLeases)).toEqual(new Set(["200 null"]));
  expect(codesOf(refused)).toEqual(new Set(["503 account_unavailable"]));
  calls.leased.push(...fromLeases);
  calls.strict.push(...refused);
  // A lease ends, and no new one comes in time: then its key is refused too.
  await until("every gateway is without a lease", async () => {
    const more = await callEverywhere(ground, leased);
    calls.leased.push(...more);
    return more.every(({ status }) => status === 503);
  });

  await ground.setRoundTripMs(0);
  for (const [organization, list] of [
    [leased, calls.leased],
    [strict, calls.strict],
  ] as const) {
    await until("every gateway answers again", async () => {
      const more = await callEverywhere(ground, organization);
      list.push(...more);
      return more.every(({ status }) => status === 200);
    });
    expect([...codesOf(list)].toSorted()).toEqual(["200 null", "503 account_unavailable"]);
    expect(await expectOnlyAnsweredCharged(ground, organization, list, cost)).toBeGreaterThan(0);
  }
}
