import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { asOwner } from "./database/owner-queries.ts";
import { DEMO_MODEL } from "./banner.ts";
import { explain } from "./explain.ts";
import { startStack, type Stack } from "./stack/stack.ts";

/** `npm run demo`: a throw-away stack, one streamed call by the official client, its receipt, and where the money went. */
const RECEIPT_POLL_MS = 10;
const LEDGER_WAIT_MS = 20_000;
const LEDGER_POLL_MS = 200;
const RECEIPT_FIELDS = ["id", "model", "provider", "outcome", "kind", "units", "held_usd", "cost_usd"] as const;

interface EntryRow {
  readonly kind: string;
  readonly account: string;
  readonly amount_nano: string;
}

async function main(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "prismatic-demo-"));
  console.log("Starting a throw-away stack…");
  try {
    const stack = await startStack({ dataDir });
    try {
      await demonstrate(stack);
    } finally {
      await stack.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function demonstrate(stack: Stack): Promise<void> {
  const generationId = await streamAnswer(stack);
  const receipt = await fetchReceipt(stack, generationId);
  console.log("\nReceipt (GET /v1/generation):");
  for (const field of RECEIPT_FIELDS) console.log(`  ${field.padEnd(10)} ${JSON.stringify(receipt[field])}`);
  const entries = await waitForEntries(stack, generationId);
  printEntries(entries);
}

/** The official client with nothing changed but its base URL. Answers the id of the generation. */
async function streamAnswer(stack: Stack): Promise<string> {
  const client = new OpenAI({ baseURL: `${stack.urls.gateway}/v1`, apiKey: stack.state.demo.api_key, maxRetries: 0 });
  const { data, request_id: requestId } = await client.chat.completions
    .create({
      model: DEMO_MODEL,
      stream: true,
      messages: [{ role: "user", content: "Tell me about prisms. [[sim: delay=15 tokens=60]]" }],
    })
    .withResponse();
  console.log(`\n${DEMO_MODEL} answers, streamed:\n`);
  let text = "";
  for await (const chunk of data) {
    const delta = chunk.choices[0]?.delta.content ?? "";
    text += delta;
    process.stdout.write(delta);
  }
  console.log();
  if (text === "") throw new Error("the stream brought no text");
  if (requestId === null) throw new Error("the answer has no request id");
  return requestId;
}

/** The receipt, waited for: it is written once the call is settled, some milliseconds after its last byte. */
async function fetchReceipt(stack: Stack, id: string): Promise<Readonly<Record<string, unknown>>> {
  const deadlineMs = performance.now() + LEDGER_WAIT_MS;
  for (;;) {
    const response = await fetch(`${stack.urls.gateway}/v1/generation?id=${id}`, {
      headers: { authorization: `Bearer ${stack.state.demo.api_key}` },
    });
    const body: unknown = await response.json();
    if (response.ok && typeof body === "object" && body !== null) return Object.fromEntries(Object.entries(body));
    if (performance.now() > deadlineMs) throw new Error(`no receipt: status ${response.status}`);
    await new Promise((resolve) => {
      setTimeout(resolve, RECEIPT_POLL_MS);
    });
  }
}

/** The entries of the call's transaction and of the credit it was paid from, once the outbox reached the ledger. */
async function waitForEntries(stack: Stack, receiptId: string): Promise<readonly EntryRow[]> {
  const deadlineMs = performance.now() + LEDGER_WAIT_MS;
  while (performance.now() < deadlineMs) {
    const entries = await asOwner(stack.database, (owner) =>
      owner.query<EntryRow>(
        `SELECT t.kind, a.name || CASE WHEN a.party = '' THEN '' ELSE ' ' || a.party END AS account, e.amount_nano
         FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id JOIN ledger_account a ON a.id = e.account_id
         WHERE EXISTS (SELECT FROM usage_receipt WHERE receipt_id = $1)
           AND (t.kind = 'credit' OR t.id = (SELECT transaction_id FROM usage_receipt WHERE receipt_id = $1))
         ORDER BY t.posted_at, t.id, e.line`,
        [receiptId],
      ),
    );
    if (entries.length > 0) return entries;
    await new Promise((resolve) => {
      setTimeout(resolve, LEDGER_POLL_MS);
    });
  }
  throw new Error(`the receipt did not reach the ledger within ${LEDGER_WAIT_MS / 1000} s`);
}

function printEntries(entries: readonly EntryRow[]): void {
  console.log("\nLedger (nano-USD, debit positive):");
  for (const { kind, account, amount_nano: amount } of entries) {
    console.log(`  ${kind.padEnd(8)} ${account.padEnd(28)} ${amount.padStart(16)}`);
  }
  const sum = entries.reduce((total, entry) => total + BigInt(entry.amount_nano), 0n);
  console.log(`  ${"sum".padEnd(37)} ${sum.toString().padStart(16)}`);
  if (sum !== 0n) throw new Error("the ledger does not balance");
  if (!entries.some(({ kind }) => kind === "usage")) throw new Error("the call is not in the ledger");
}

try {
  await main();
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}
