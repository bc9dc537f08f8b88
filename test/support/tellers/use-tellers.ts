import { afterAll, beforeAll } from "vitest";
import { makeServerDatabase, type ServerDatabase } from "../stack/server-database.ts";
import { measureConstantCall, type ConstantCost } from "./constant-calls.ts";
import { startTellers, type Tellers, type TellersOptions } from "./start-tellers.ts";

const START_LIMIT_MS = 120_000;

/** What stands while the tests of a `describe` run. */
export interface Standing {
  readonly ground: Tellers;
  readonly database: ServerDatabase;
  readonly cost: ConstantCost;
}

/**
 * Stands tellers on a database of their own before the tests of this `describe`, and takes both down after them. Answers
 * a look at what stands, for within the tests. `prepare` comes before it, and says what its processes need.
 */
export function useTellers(
  options: Omit<TellersOptions, "databaseUrl">,
  prepare: () => Promise<Partial<TellersOptions>> = () => Promise.resolve({}),
): () => Standing {
  let standing: Standing | null = null;
  const look = (): Standing => {
    if (standing === null) throw new Error("nothing stands outside of the tests");
    return standing;
  };
  beforeAll(async () => {
    const prepared = await prepare();
    const database = await makeServerDatabase();
    const ground = await startTellers({ ...options, ...prepared, databaseUrl: database.url });
    standing = { ground, database, cost: await measureConstantCall(ground) };
  }, START_LIMIT_MS);
  afterAll(async () => {
    const { ground, database } = look();
    await ground.close();
    await database.remove();
  });
  return look;
}
