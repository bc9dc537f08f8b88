import { expect } from "vitest";
import { receiptsOf } from "../../stack/books.ts";
import { readSettlementLagMs } from "../../stack/calls.ts";
import type { Organization } from "../../stack/proving-ground.ts";
import type { ServerDatabase } from "../../stack/server-database.ts";
import { until } from "../../stack/until.ts";
import { RICH_NANO, tellerOf, type ConstantCost } from "../constant-calls.ts";
import type { Tellers } from "../start-tellers.ts";
import { expectAllCharged, strictOrganization } from "./fault-calls.ts";
import { startLoad } from "./steady-load.ts";

const MINUTE_MS = 60_000;
const SLACK_MS = 10_000;

/** For a real minute Postgres lets nobody in, while keys with leases and strict ones are used at every gateway. */
export async function expectMinuteWithoutDatabase(
  ground: Tellers,
  database: ServerDatabase,
  cost: ConstantCost,
): Promise<void> {
  const leased = await ground.organization(RICH_NANO);
  const strict = await strictOrganization(ground, RICH_NANO);
  const both = [leased, strict];
  const lagOf = ({ apiKey }: Organization): Promise<number> => readSettlementLagMs(tellerOf(ground, 0).url, apiKey);
  await using load = startLoad(
    ground,
    both.map(({ apiKey }) => apiKey),
  );
  await until("calls of each are in the ledger", async () => {
    const rows = await Promise.all(both.map(({ id }) => receiptsOf(ground.ledger, id)));
    return rows.every(({ length }) => length > 0);
  });

  await database.setReachable(false);
  const awayMs = performance.now();
  await expect(ground.ledger.query("SELECT 1")).rejects.toThrow();
  await until("the lag of each shows", async () => {
    const lags = await Promise.all(both.map(lagOf));
    return lags.every((lagMs) => lagMs > 0);
  });
  await until("a minute is over", () => performance.now() - awayMs >= MINUTE_MS, MINUTE_MS + SLACK_MS);
  // Whatever waited first still waits: nothing has been posted since.
  for (const organization of both) expect(await lagOf(organization)).toBeGreaterThan(MINUTE_MS / 2);
  const before = both.map(({ apiKey }) => load.callsOf(apiKey).length);

  await database.setReachable(true);
  await ground.reopenLedger();
  await until("calls go on after it is back", () =>
    both.every(({ apiKey }, index) => load.callsOf(apiKey).length > (before[index] ?? 0) + 2 * ground.tellers.length),
  );
  await load.stop();
  for (const organization of both) {
    await expectAllCharged(ground, organization, load.callsOf(organization.apiKey), cost);
    await until("the lag is over", async () => (await lagOf(organization)) === 0);
  }
}
