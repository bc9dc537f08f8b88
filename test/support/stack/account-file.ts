import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { EndedRow, HoldRow, KeyRow, MetaRow, OutboxRow } from "#admission";
import { objectsDir } from "../../../dev/stack/databases.ts";

/** Everything that an Account object has made durable. */
export interface AccountFile {
  readonly meta: readonly MetaRow[];
  readonly keys: readonly KeyRow[];
  readonly holds: readonly HoldRow[];
  readonly ended: readonly EndedRow[];
  readonly outbox: readonly OutboxRow[];
}

const NAMESPACE = join("do", "prismatic-gateway-Account");

/**
 * Reads the only Account object of a stack that does not run, from a copy of its files: SQLite would bring the write-ahead
 * log in, and a killed stack's next start is to find everything as the kill left it. Throws when there is not exactly one.
 */
export async function readAccountFile(dataDir: string): Promise<AccountFile> {
  const folder = join(objectsDir(dataDir), NAMESPACE);
  const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  const [name] = names;
  if (name === undefined || names.length > 1) throw new Error(`wanted one Account object, found ${names.length}`);
  const copy = await mkdtemp(join(tmpdir(), "prismatic-account-"));
  try {
    for (const file of await readdir(folder)) {
      if (file === name || file === `${name}-wal`) await cp(join(folder, file), join(copy, file));
    }
    return readTables(join(copy, name));
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

function readTables(path: string): AccountFile {
  const database = new DatabaseSync(path);
  const bodies = <Row>(table: string): Row[] =>
    database
      .prepare(`SELECT body FROM ${table}`)
      .all()
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the object writes these rows and nothing else does
      .map(({ body }) => JSON.parse(String(body)) as Row);
  try {
    return {
      meta: bodies<MetaRow>("meta"),
      keys: bodies<KeyRow>("key_record"),
      holds: bodies<HoldRow>("hold"),
      ended: bodies<EndedRow>("ended"),
      outbox: bodies<OutboxRow>("outbox"),
    };
  } finally {
    database.close();
  }
}

export function walletOf(file: AccountFile): Extract<MetaRow, { name: "wallet" }> {
  const wallet = file.meta.find((row) => row.name === "wallet");
  if (wallet === undefined) throw new Error("the object has no wallet");
  return wallet;
}
