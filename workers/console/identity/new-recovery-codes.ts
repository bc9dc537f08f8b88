import { makeRecoveryCodes, normaliseRecoveryCode } from "#identity";
import type { ApiContext } from "../api/context.ts";
import { hashRecoveryCode } from "./hash-recovery-code.ts";

/** Recovery codes as they are shown this once, and as they are stored. */
export async function newRecoveryCodes(
  context: ApiContext,
  userId: string,
): Promise<{ readonly codes: readonly string[]; readonly hashes: readonly string[] }> {
  const { random, passwordPeppers } = context.get("services");
  const codes = makeRecoveryCodes(random);
  const hashes = await Promise.all(
    codes.map((code) => hashRecoveryCode(normaliseRecoveryCode(code) ?? "", userId, passwordPeppers)),
  );
  return { codes, hashes };
}
