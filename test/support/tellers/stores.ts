import type { Database } from "../../../dev/database/database.ts";
import { loginUrl } from "../../../dev/database/postgres-database.ts";
import { createNeonEndpoint } from "../../../dev/neon/endpoint.ts";
import { Cleanup } from "../../../dev/stack/cleanup.ts";
import { openDatabase } from "../../../dev/stack/databases.ts";
import { listen, LOOPBACK } from "../../../dev/stack/listen.ts";
import { loadSecrets, loginsOf, type AppRole, type DevSecrets } from "../../../dev/stack/secrets.ts";

/** A real Postgres with our schema, behind the local Neon endpoint. */
export interface Stores {
  readonly database: Database;
  readonly secrets: DevSecrets;
  readonly neonUrl: string;
  databaseUrl(role: AppRole): string;
}

/** Brings an empty database to the newest schema and opens its door. `dataDir` keeps the secrets. */
export async function openStores(databaseUrl: string, dataDir: string, cleanup: Cleanup): Promise<Stores> {
  const secrets = await loadSecrets(dataDir);
  const logins = loginsOf(secrets);
  const database = await openDatabase({ url: databaseUrl }, logins);
  cleanup.add("database", () => database.close());
  const neon = createNeonEndpoint({ database, logins });
  const port = await listen(neon, 0, "Neon endpoint");
  cleanup.add("Neon endpoint", async () => {
    const closed = new Promise((done) => {
      neon.close(done);
    });
    neon.closeAllConnections();
    await closed;
  });
  return {
    database,
    secrets,
    neonUrl: `http://${LOOPBACK}:${port}`,
    databaseUrl: (role) => loginUrl(databaseUrl, role, secrets.passwords[role]),
  };
}
