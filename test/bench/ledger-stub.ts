import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";

/**
 * Stands in for Neon's `POST /sql` while the gateway is measured: acknowledges every flush and knows no price overrides.
 * Posting is off the request's path; what the real function costs is measured by the Postgres suite, not here.
 */
const BODY_MAX_BYTES = 16 * 1_048_576;

/** Starts it on a free loopback port and resolves with that port. */
export function startLedgerStub(): Promise<number> {
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("the ledger stub has no port");
      resolve(address.port);
    });
  });
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const text = answerQuery(await readText(request));
    response.writeHead(200, { "content-type": "application/json" }).end(text);
  } catch (error) {
    // Shown by the bench on its error output: a flush that the stand-in cannot read would pile up in the outbox.
    console.error(error);
    response.writeHead(500).end();
  }
}

/** Of what the data plane asks for beside its postings. */
const NO_OVERRIDES = JSON.stringify({ prices: null, stops: null });

/** Neon's answer (raw text, array mode) for one query of the data plane. Exported for its test. */
export function answerQuery(requestText: string): string {
  const value = requestText.includes("post_usage(") ? JSON.stringify(acknowledgement(requestText)) : NO_OVERRIDES;
  return JSON.stringify({ command: "SELECT", rowCount: 1, rows: [[value]], fields: [], rowAsArray: true });
}

const flushRequest = z.object({ params: z.tuple([z.string()]) });
const flush = z.object({ receipts: z.array(z.unknown()), corrections: z.array(z.unknown()) });

/** What `post_usage` answers when every row was new. */
function acknowledgement(requestText: string): object {
  const [payload] = flushRequest.parse(JSON.parse(requestText)).params;
  const rows = flush.parse(JSON.parse(payload));
  return {
    transaction_id: "txn_00000000000000000000000000",
    inserted: rows.receipts.length,
    duplicates: 0,
    corrected: rows.corrections.length,
    cost_nano: "0",
    upstream_cost_nano: "0",
    repeated: false,
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) throw new Error("a body is bytes");
    length += chunk.length;
    if (length > BODY_MAX_BYTES) throw new Error("the body is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
