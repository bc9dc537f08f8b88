import { randomBytes } from "node:crypto";
import { Client } from "pg";

export interface ServerDatabase {
  readonly url: string;
  /** Ends every session and lets no new one in, superusers included; true opens the database again. */
  setReachable(isReachable: boolean): Promise<void>;
  remove(): Promise<void>;
}

/** An empty database of its own on the Postgres that TEST_DATABASE_URL names (`npm run test:postgres` sets it). */
export async function makeServerDatabase(): Promise<ServerDatabase> {
  const adminUrl = process.env["TEST_DATABASE_URL"];
  if (adminUrl === undefined) throw new Error("TEST_DATABASE_URL is not set: use npm run test:postgres");
  const name = `stack_${randomBytes(8).toString("hex")}`;
  await asAdmin(adminUrl, (admin) => admin.query(`CREATE DATABASE ${name}`));
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    setReachable: (isReachable) =>
      asAdmin(adminUrl, async (admin) => {
        await admin.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS ${String(isReachable)}`);
        if (isReachable) return;
        await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [name]);
      }),
    remove: () => asAdmin(adminUrl, (admin) => admin.query(`DROP DATABASE ${name} WITH (FORCE)`)),
  };
}

async function asAdmin(url: string, work: (admin: Client) => Promise<unknown>): Promise<void> {
  const admin = new Client({ connectionString: url });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}
