import { drizzle } from "drizzle-orm/node-postgres";
import { resolve } from "node:path";
import { Pool } from "pg";
import { parseAuditKeys, type AuditKeys } from "#audit";
import type { Database } from "#store";
import { isStackRunning } from "../stack/instance-lock.ts";
import { readEnvironment } from "../stack/provider-env.ts";
import { readSecrets } from "../stack/secrets.ts";
import { readState } from "../stack/state.ts";
import { CannotRun } from "./cannot-run.ts";

export interface OpenLog {
  readonly db: Database;
  /** Throws where there are none: only who verifies needs them. */
  readonly keys: () => AuditKeys;
  close(): Promise<void>;
}

const ROOT = resolve(import.meta.dirname, "../..");

/**
 * The audit log of `DATABASE_URL` where that is set, else of the running dev stack; keys from `AUDIT_KEYS`, else the
 * stack's. Nothing is written: any role that may read the log will do. Throws where there is no log to open.
 */
export async function openLog(environment: NodeJS.ProcessEnv): Promise<OpenLog> {
  const vars = await readEnvironment(resolve(ROOT, ".dev.vars"), environment);
  const dataDir = resolve(ROOT, vars["DEV_DATA_DIR"] ?? ".dev");
  const url = vars["DATABASE_URL"] ?? "";
  const connectionString = url === "" ? await runningUrl(dataDir) : url;
  const auditKeys = vars["AUDIT_KEYS"] ?? (await readSecrets(dataDir))?.audit_keys ?? "";
  const pool = new Pool({ connectionString, max: 1 });
  return {
    db: drizzle(pool),
    keys: () => readKeys(auditKeys),
    close: () => pool.end(),
  };
}

function readKeys(text: string): AuditKeys {
  try {
    return parseAuditKeys(text);
  } catch (cause) {
    throw new CannotRun(cause instanceof Error ? cause.message : "AUDIT_KEYS is malformed", { cause });
  }
}

async function runningUrl(dataDir: string): Promise<string> {
  const state = await readState(dataDir);
  if (state !== null && (await isStackRunning(dataDir))) return state.database_url;
  throw new CannotRun("no stack is running: start one with `npm run dev`, or set DATABASE_URL and AUDIT_KEYS");
}
