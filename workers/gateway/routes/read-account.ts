import { AppError } from "#kernel";
import type { AuthorizeCommand, ReadResult } from "#admission";
import type { Scope, VerifiedKey } from "#keys";
import { authenticate, clientIp } from "../authenticate.ts";
import type { GatewayContext } from "../context.ts";
import { refusalError } from "../refusal-error.ts";
import type { AccountReader } from "../compose.ts";
import { withTimeout } from "../with-timeout.ts";

/**
 * The one way a route reads from an Account object: the key's own organization, checked for scope and address by the
 * object itself in the same call that reads. Throws AppError.
 */
export async function readAccount<Value>(
  context: GatewayContext,
  scope: Scope,
  read: (account: AccountReader, command: AuthorizeCommand) => Promise<ReadResult<Value>>,
): Promise<{ readonly key: VerifiedKey; readonly orgId: string; readonly value: Value }> {
  const services = context.get("services");
  const { headers } = context.req.raw;
  const key = await authenticate(headers, services.peppers);
  // An account's figures belong in no cache, neither a browser's nor a proxy's.
  context.header("cache-control", "no-store");
  const command: AuthorizeCommand = { keyHash: key.hash, mode: key.mode, scope, clientIp: clientIp(headers) };
  const result = await withTimeout(read(services.accountReader(key), command), services.limits.accountRpcMs);
  if (result === null) throw new AppError("account_unavailable");
  if (!result.ok) throw refusalError(result.refusal);
  return { key, orgId: result.identity.orgId, value: result.value };
}
