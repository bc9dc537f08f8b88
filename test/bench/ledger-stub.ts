import { createServer, type IncomingMessage } from "node:http";

/**
 * Stands in for Neon's `POST /sql` while the gateway is measured: acknowledges every flush and knows no price overrides.
 * Posting is off the request's path; what the real function costs is measured by the Postgres suite, not here.
 */
const BODY_MAX_BYTES = 16 * 1_048_576;

/** Starts it on a free loopback port and resolves with that port. */
export function startLedgerStub(): Promise<number> {
  const server = createServer((request, response) => {
    readText(request)
      .then((text) => {
        response.writeHead(200, { "content-type": "application/json" }).end(answerQuery(text));
      })
      .catch(() => {
        response.writeHead(400).end();
      });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("the ledger stub has no port");
      resolve(address.port);
    });
  });
}

/** Neon's answer for one query of the data plane. Exported for its test. */
export function answerQuery(requestText: string): string {
  const name = /\b(post_usage|current_price_overrides|generation_by_id)\b/.exec(requestText)?.[1] ?? "unknown";
  const value = name === "post_usage" ? { inserted: 0, repeated: 0, transaction_id: null, cost_nano: "0" } : null;
  const rows = value === null ? [] : [{ [name]: value }];
  const JSONB_OID = 3802;
  return JSON.stringify({
    command: "SELECT",
    rowCount: rows.length,
    rows,
    fields: [{ name, dataTypeID: JSONB_OID }],
    rowAsArray: false,
  });
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
