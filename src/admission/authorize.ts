import { checkIp, checkKey, checkScope } from "./check-key.ts";
import type { AdmissionContext, AccountState, KeyState } from "./state.ts";
import type { AuthorizeCommand, ReadResult } from "./types.ts";

/**
 * Checks a key for a route that only reads; changes nothing and consumes nothing. A suspended organization still reads
 * (error table: "reading and billing stay open"). `read` makes the value from the key's state.
 */
export function authorize<Value>(
  state: AccountState,
  command: AuthorizeCommand,
  { nowMs }: Pick<AdmissionContext, "nowMs">,
  read: (key: KeyState) => Value,
): ReadResult<Value> {
  const check = checkKey(state, command, nowMs);
  if (!check.ok) return check;
  const { key, orgId } = check;
  const refusal = checkScope(key, command.scope) ?? checkIp(state, key, command.clientIp);
  if (refusal !== null) return { ok: false, refusal };
  return { ok: true, identity: { orgId, keyId: key.record.id }, value: read(key) };
}
