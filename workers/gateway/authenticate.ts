import { AppError } from "#kernel";
import { verifyKey, type Peppers, type VerifiedKey } from "#keys";
import { sentApiKey } from "../http/bearer-token.ts";

/**
 * The edge's own check of the caller's key: its form and its keyed tag, without any lookup. What passes may still be
 * unknown or revoked; the Account object decides that. Throws AppError `missing_api_key`, `malformed_api_key` or
 * `invalid_api_key`.
 */
export async function authenticate(headers: Headers, peppers: Peppers): Promise<VerifiedKey> {
  const sent = sentApiKey(headers);
  if (sent === null) throw new AppError("missing_api_key");
  const verdict = await verifyKey(sent, peppers);
  if (!verdict.ok) throw new AppError(verdict.code);
  return verdict.key;
}

/** The caller's address as Cloudflare saw it; null where there is no Cloudflare in front. Other headers can be forged. */
export function clientIp(headers: Headers): string | null {
  return headers.get("cf-connecting-ip");
}
