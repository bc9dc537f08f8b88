import type { LedgerPort } from "#admission";
import { createEdgeSql } from "#edge-sql";
import { encodeFlush } from "#ledger";
import type { AccountSettings } from "./account-settings.ts";

/**
 * The ledger as the Account object reaches it: `post_usage` over HTTP, under the gateway's role. A connection string
 * that is none makes the object fail to start, which fails closed.
 */
export function createLedgerPort({ databaseUrl, neonHttpEndpoint, ledgerTimeoutMs }: AccountSettings): LedgerPort {
  const sql = createEdgeSql({
    connectionString: databaseUrl,
    endpointUrl: neonHttpEndpoint,
    fetch: (url, init) => fetch(url, init),
    timeoutMs: ledgerTimeoutMs,
  });
  return {
    postUsage: async ({ flushId, orgId, items }) => {
      const result = await sql.postUsage(encodeFlush(flushId, orgId, items));
      return result.ok ? { ok: true } : result;
    },
  };
}
