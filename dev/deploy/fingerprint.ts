import { createHash } from "node:crypto";

const FINGERPRINT_CHARACTERS = 24;
/** Of a version at Cloudflare, which has room for this much. */
const TAG_CHARACTERS = 20;

/** Tells values apart and gives none away: what it is made of is random, or bound by its name. */
export function fingerprint(name: string, value: string | Uint8Array): string {
  const digest = createHash("sha256").update(`${name}\n`).update(value).digest("hex");
  return digest.slice(0, FINGERPRINT_CHARACTERS);
}

/** What a deploy writes on a version, so that the next run knows it by its inputs. */
export const versionTag = (inputs: string): string => inputs.slice(0, TAG_CHARACTERS);
