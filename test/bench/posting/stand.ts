import { randomBytes } from "node:crypto";
import type { Database } from "../../../dev/database/database.ts";
import { asOwner } from "../../../dev/database/owner-queries.ts";
import { openDatabase } from "../../../dev/stack/databases.ts";
import { startCluster, type Cluster, type ServerSettings } from "../../postgres/cluster.ts";
import { makeId, makePayer, type Payer } from "./make-flushes.ts";
import { DATA_PLANE_ROLE, startEndpoint, type Endpoint } from "./start-endpoint.ts";

const PASSWORD_BYTES = 16;
const LOCATOR_LENGTH = 17;
/** More than a run can use: a thousand USD each. */
const CREDIT_NANO = "1000000000000";

/** A Postgres with organizations that have wallets and credit, and the local Neon endpoint before it. */
export interface Stand {
  readonly name: string;
  readonly cluster: Cluster;
  readonly database: Database;
  readonly endpoint: Endpoint;
  readonly payers: readonly Payer[];
  stop(): Promise<void>;
}

export async function startStand(name: string, settings: ServerSettings, organizations: number): Promise<Stand> {
  const cluster = await startCluster(settings);
  // However the run ends, the server ends with it.
  process.on("exit", () => cluster.stop());
  const password = randomBytes(PASSWORD_BYTES).toString("hex");
  const logins = new Map([[DATA_PLANE_ROLE, { password, role: DATA_PLANE_ROLE }]]);
  const database = await openDatabase({ url: cluster.url }, logins);
  const payers = await makePayers(database, organizations);
  const endpoint = await startEndpoint(cluster.url, password);
  return {
    name,
    cluster,
    database,
    endpoint,
    payers,
    stop: async () => {
      await endpoint.process.stop();
      await database.close();
      cluster.stop();
    },
  };
}

/** As the console makes an organization: its row, by whose trigger it has a wallet, and a first credit. */
function makePayers(database: Database, count: number): Promise<Payer[]> {
  const nowMs = Date.now();
  return asOwner(database, async (owner) => {
    const payers = Array.from({ length: count }, () => makePayer(makeId("organization", nowMs), nowMs));
    for (const { orgId } of payers) {
      await owner.query("insert into organization (id, name, locator, region) values ($1, 'Bench', $2, 'g')", [
        orgId,
        orgId.slice(-LOCATOR_LENGTH),
      ]);
      await owner.query("select post_credit($1, $2, $3, 'promo')", [orgId, CREDIT_NANO, `bench ${orgId}`]);
    }
    return payers;
  });
}
