import canonicalize from "canonicalize";
import { decodeBase64, encodeBase64Url } from "#kernel";
import type { MacKey } from "./audit-keys.ts";
import type { AuditEntry, AuditSeal } from "./chain.ts";

/** What a seal says of itself beside its mac. */
export type Unsigned = Omit<AuditSeal, "mac" | "entryId">;

const MAC_BYTES = 32;
/** Changed together with what is sealed: seals of an older form would then be verified as they were made. */
const FORM = 1;
const encoder = new TextEncoder();

/**
 * `HMAC(key, previous ‖ canonical JSON)` over the link before (32 zero bytes for the first), every column of the entry and
 * what the seal says of itself; base64url. Canonical JSON is RFC 8785's. Of one length, the part in front cannot run into
 * the other.
 */
export async function linkMac(
  key: MacKey,
  previousMac: string | null,
  seal: Unsigned,
  entry: AuditEntry,
): Promise<string> {
  const previous = previousMac === null ? new Uint8Array(MAC_BYTES) : decodeBase64(previousMac);
  if (previous?.length !== MAC_BYTES) throw new RangeError("a link of a chain is 32 bytes");
  const text = encoder.encode(canonicalText(seal, entry));
  const message = new Uint8Array(MAC_BYTES + text.length);
  message.set(previous);
  message.set(text, MAC_BYTES);
  return encodeBase64Url(new Uint8Array(await crypto.subtle.sign("HMAC", key, message)));
}

/** Every value is text or null: RFC 8785's numbers are IEEE doubles, in which two different ids can be the same. */
function canonicalText(seal: Unsigned, entry: AuditEntry): string {
  const text = canonicalize({
    form: String(FORM),
    chain: seal.chain,
    position: String(seal.position),
    key_version: String(seal.keyVersion),
    sealed_at: seal.sealedAt,
    entry: {
      seq: entry.seq,
      id: entry.id,
      org_id: entry.orgId,
      occurred_at: entry.occurredAt,
      actor_kind: entry.actorKind,
      actor_id: entry.actorId,
      action: entry.action,
      target_id: entry.targetId,
      details: entry.details,
      request_id: entry.requestId,
    },
  });
  if (text === undefined) throw new TypeError("an entry is always JSON");
  return text;
}
