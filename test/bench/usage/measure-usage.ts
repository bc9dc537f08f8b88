/**
 * `npm run bench -- --usage`: what the control API asks of millions of receipts, on a throw-away Postgres. Every plan must
 * look at no partition but those of its months, and find an organization's rows by its index: the run fails where one does not.
 */
import { randomBytes } from "node:crypto";
import { cpus, loadavg, release, type } from "node:os";
import { Client } from "pg";
import { asOwner } from "../../../dev/database/owner-queries.ts";
import { openDatabase } from "../../../dev/stack/databases.ts";
import { NOT_DURABLE, startCluster } from "../../postgres/cluster.ts";
import { median } from "../statistics.ts";
import { explained, partitionsOf, planFaults } from "./check-plan.ts";
import { fillReceipts } from "./fill-receipts.ts";
import { makeQuestions, type Question } from "./questions.ts";

export const FULL_RECEIPTS = 5_000_000;
export const QUICK_RECEIPTS = 500_000;

const CONSOLE_ROLE = "console_app";
const PASSWORD_BYTES = 16;
const NAME_WIDTH = 42;

export async function measureUsage(receipts: number, rounds: number): Promise<void> {
  const cluster = await startCluster(NOT_DURABLE);
  // However the run ends, the server ends with it.
  process.on("exit", () => cluster.stop());
  const password = randomBytes(PASSWORD_BYTES).toString("hex");
  const database = await openDatabase(
    { url: cluster.url },
    new Map([[CONSOLE_ROLE, { password, role: CONSOLE_ROLE }]]),
  );
  const startedMs = Date.now();
  const filled = await asOwner(database, (owner) => fillReceipts(owner, receipts, startedMs));
  const [load = 0] = loadavg();
  console.log(
    `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} cores, ${type()} ${release()}; Node ${process.version}`,
  );
  console.log(
    `${receipts} receipts in ${Math.round((Date.now() - startedMs) / 1000)} s; load before measuring ${load.toFixed(2)}`,
  );
  // The console's own login: with its grants, its settings, and its time limit.
  const url = new URL(cluster.url);
  url.username = CONSOLE_ROLE;
  url.password = password;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  const faults: string[] = [];
  console.log(`\n${"".padEnd(NAME_WIDTH)} median ms (min–max), ${rounds} rounds   rows   partitions`);
  for (const question of makeQuestions(filled)) faults.push(...(await measureQuestion(client, question, rounds)));
  await client.end();
  await database.close();
  cluster.stop();
  if (faults.length > 0) throw new Error(["Plans are not what they have to be:", ...faults].join("\n"));
  console.log("\nEvery plan looks at its months alone, by the organization's index.");
}

/** Prints a question's figures and answers what is wrong with its plan. */
async function measureQuestion(client: Client, question: Question, rounds: number): Promise<string[]> {
  const { name, sql, params, range } = question;
  const times: number[] = [];
  let rows = 0;
  for (let round = 0; round <= rounds; round += 1) {
    const startedMs = performance.now();
    const result = await client.query<{ answer: string }>(sql, [...params]);
    // The first has to read from the disk what the others find in memory.
    if (round > 0) times.push(performance.now() - startedMs);
    rows = rowsOf(result.rows[0]?.answer ?? "[]");
  }
  const answer = await client.query<{ "QUERY PLAN": unknown }>(`explain (analyze, format json) ${sql}`, [...params]);
  const plan = explained.parse(answer.rows[0]?.["QUERY PLAN"]);
  if (plan === undefined) throw new Error("no plan");
  const partitions = partitionsOf(plan.Plan).size;
  const figures = `${median(times).toFixed(1)} (${Math.min(...times).toFixed(1)}–${Math.max(...times).toFixed(1)})`;
  console.log(`${name.padEnd(NAME_WIDTH)} ${figures.padEnd(34)} ${String(rows).padEnd(6)} ${partitions}`);
  if (rows === 0) return [`${name}: answers nothing`];
  return planFaults(plan.Plan, range).map((fault) => `${name}: ${fault}`);
}

function rowsOf(answer: string): number {
  const parsed: unknown = JSON.parse(answer);
  const list: unknown = Array.isArray(parsed) ? parsed : Reflect.get(Object(parsed), "rows");
  return Array.isArray(list) ? list.length : 0;
}
