import { z } from "zod";
import { makeOpeningKey } from "#keys";
import { makeSecret, type Random } from "../stack/make-secrets.ts";
import { DeployError } from "./deploy-error.ts";

/** The readers of peppers and mail keys take one character, of which the highest counts as the newest. */
const VERSIONS = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".split("");
const BYOK_KEYS_MAX = 8;

const versionsSchema = z.record(z.string(), z.string());
const byokSchema = z.array(z.looseObject({ kid: z.string() })).max(BYOK_KEYS_MAX);

/** The same secrets and a new one of the next version, which is used from then on; the others still verify and open. */
export function addVersion(present: string, random: Random): string {
  const versions = readJson(versionsSchema, present);
  const newest = Object.keys(versions).toSorted(byCharacter).at(-1) ?? "";
  const next = VERSIONS.find((version) => version > newest);
  if (next === undefined) throw new DeployError("there is no version after the present one");
  return JSON.stringify({ ...versions, [next]: makeSecret(random) });
}

/** The same, where versions are whole numbers. */
export function addNumber(present: string, random: Random): string {
  const versions = readJson(versionsSchema, present);
  const newest = Math.max(0, ...Object.keys(versions).map(Number));
  return JSON.stringify({ ...versions, [newest + 1]: makeSecret(random) });
}

/** The same keys and a new one. Which of them is sealed to is the sealer's choice; all of them open. */
export async function addByokKey(present: string): Promise<string> {
  const keys = readJson(byokSchema, present);
  if (keys.length === BYOK_KEYS_MAX)
    throw new DeployError(`there are ${BYOK_KEYS_MAX} keys: take an old one out first`);
  return JSON.stringify([...keys, await makeOpeningKey(nextKeyId(keys.map(({ kid }) => kid)))]);
}

function nextKeyId(taken: readonly string[]): string {
  // One of nine is free where eight are taken.
  const numbers = Array.from({ length: BYOK_KEYS_MAX + 1 }, (_, index) => `k${index + 1}`);
  return numbers.find((id) => !taken.includes(id)) ?? "k0";
}

function readJson<Value>(schema: z.ZodType<Value>, text: string): Value {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    // The parser's message would quote its input, which is a secret here.
    throw new DeployError("the present value is not what a deploy makes");
  }
}

const byCharacter = (left: string, right: string): number => (left < right ? -1 : Number(left > right));
