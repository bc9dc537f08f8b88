import { z } from "zod";
import { decodeBase64Url } from "../base64url.ts";

/** Who passkeys are made for: our own site. A browser signs for no other host than the one that it is at. */
export interface RelyingParty {
  readonly id: string;
  readonly name: string;
  readonly origin: string;
}

export function relyingPartyOf(siteUrl: string): RelyingParty {
  return { id: new URL(siteUrl).hostname, name: "Prismatic API", origin: siteUrl };
}

/** EdDSA, ES256 and RS256: what browsers and authenticators speak. */
export const PASSKEY_ALGORITHMS = [-8, -7, -257];

const clientData = z.looseObject({ challenge: z.string().min(1).max(128) });

/** The challenge that a browser says it signed; null where it says none. Not believed: only looked up. */
export function challengeIn(clientDataJson: string): string | null {
  const bytes = decodeBase64Url(clientDataJson);
  if (bytes === null) return null;
  try {
    return clientData.parse(JSON.parse(new TextDecoder().decode(bytes))).challenge;
  } catch {
    return null;
  }
}
