import { chmod, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const urlOrNull = z.string().nullable();

/** `.dev/state.json`: the contract between the running stack and everything that uses it (docs/architecture.md). */
const stateSchema = z.object({
  gateway: z.string(),
  site: urlOrNull,
  console: z.string(),
  sim: z.string(),
  mailbox: z.string(),
  payments: urlOrNull,
  neon: z.string(),
  database_url: z.string(),
  demo: z.object({
    api_key: z.string(),
    test_key: z.string(),
    org_id: z.string(),
    admin_email: z.string(),
    admin_password: z.string(),
    operator_email: z.string(),
    operator_password: z.string(),
    /** Operators never act without a second factor: its codes come from this. */
    operator_totp_secret: z.string(),
  }),
});

export type StackState = z.infer<typeof stateSchema>;

const OWNER_ONLY = 0o600;
const statePath = (dataDir: string): string => join(dataDir, "state.json");

/** Written whole or not at all, readable by the developer only: it holds keys. */
export async function writeState(dataDir: string, state: StackState): Promise<void> {
  await writePrivateJson(statePath(dataDir), state);
}

export async function removeState(dataDir: string): Promise<void> {
  await rm(statePath(dataDir), { force: true });
}

/** The state of the running stack, or null where there is none. Whether it still runs is `isStackRunning`'s to say. */
export async function readState(dataDir: string): Promise<StackState | null> {
  const text = await readTextIfPresent(statePath(dataDir));
  return text === null ? null : stateSchema.parse(JSON.parse(text));
}

export async function readTextIfPresent(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

export async function writePrivateJson(path: string, value: unknown): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: OWNER_ONLY });
  await chmod(draft, OWNER_ONLY);
  await rename(draft, path);
}
