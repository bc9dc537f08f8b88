import { createCipheriv, createDecipheriv, scrypt } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { readTextIfPresent, writePrivateJson } from "../stack/state.ts";
import type { Random } from "../stack/make-secrets.ts";
import { DeployError, refused } from "./deploy-error.ts";

export const PASSPHRASE_CHARACTERS_MIN = 16;
/** scrypt's N: what a guess costs. OWASP's minimum for r = 8 and p = 1. */
const COST = 131_072;
const COST_MAX = 1_048_576;
const BLOCK_SIZE = 8;
/** scrypt wants 128 · N · r bytes, and a little. */
const MEMORY_FACTOR = 256;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";

const fileSchema = z.object({
  form: z.literal(1),
  cost: z.number().int().positive().max(COST_MAX),
  salt: z.string(),
  /** iv ‖ ciphertext ‖ tag, base64. */
  sealed: z.string(),
});
const valuesSchema = z.record(z.string(), z.string());

export interface VaultOptions {
  readonly path: string;
  /** Bound into the seal: one environment's vault does not open as another's. */
  readonly environment: string;
  readonly passphrase: string;
  readonly random: Random;
  readonly cost?: number;
}

/**
 * What a deploy makes, sealed under a passphrase. Cloudflare never gives a secret back, and a pepper that nobody has
 * can be neither rotated nor put into a second Worker. A value is here before it is anywhere else.
 */
export class Vault {
  readonly #options: VaultOptions;
  readonly #key: Buffer;
  readonly #header: { readonly form: 1; readonly cost: number; readonly salt: string };
  readonly #values: Map<string, string>;

  private constructor(options: VaultOptions, key: Buffer, cost: number, salt: string, values: Map<string, string>) {
    this.#options = options;
    this.#key = key;
    this.#header = { form: 1, cost, salt };
    this.#values = values;
  }

  /** Opens the file, or begins a new one. Throws where the passphrase is another's or the file was changed. */
  static async open(options: VaultOptions): Promise<Vault> {
    const { path, passphrase, random, cost = COST } = options;
    const text = await readTextIfPresent(path);
    if (text === null) {
      if (passphrase.length < PASSPHRASE_CHARACTERS_MIN)
        throw refused(`the vault's passphrase wants ${PASSPHRASE_CHARACTERS_MIN} characters or more`);
      const salt = random(SALT_BYTES).toString("base64");
      return new Vault(options, await deriveKey(passphrase, salt, cost), cost, salt, new Map());
    }
    const file = readFileForm(path, text);
    const key = await deriveKey(passphrase, file.salt, file.cost);
    return new Vault(options, key, file.cost, file.salt, unseal(key, file.sealed, options));
  }

  get(name: string): string | null {
    return this.#values.get(name) ?? null;
  }

  values(): readonly string[] {
    return [...this.#values.values()];
  }

  /** On the disk when this resolves. */
  async put(name: string, value: string): Promise<void> {
    this.#values.set(name, value);
    const { path, random } = this.#options;
    const iv = random(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, iv).setAAD(label(this.#options));
    const box = Buffer.concat([
      cipher.update(JSON.stringify(Object.fromEntries(this.#values)), "utf8"),
      cipher.final(),
    ]);
    await mkdir(dirname(path), { recursive: true });
    const sealed = Buffer.concat([iv, box, cipher.getAuthTag()]).toString("base64");
    await writePrivateJson(path, { ...this.#header, sealed });
  }
}

function readFileForm(path: string, text: string): z.infer<typeof fileSchema> {
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch {
    throw new DeployError(`${path} is not a vault`);
  }
}

function unseal(key: Buffer, sealed: string, options: VaultOptions): Map<string, string> {
  const bytes = Buffer.from(sealed, "base64");
  try {
    const iv = bytes.subarray(0, IV_BYTES);
    const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(label(options));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
    return new Map(Object.entries(valuesSchema.parse(JSON.parse(text))));
  } catch {
    throw refused(`${options.path} does not open: another passphrase, another environment's vault, or a changed file`);
  }
}

const label = ({ environment }: VaultOptions): Buffer => Buffer.from(`prismatic vault 1 ${environment}`);

function deriveKey(passphrase: string, salt: string, cost: number): Promise<Buffer> {
  const options = { N: cost, r: BLOCK_SIZE, p: 1, maxmem: MEMORY_FACTOR * cost * BLOCK_SIZE };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize("NFC"), Buffer.from(salt, "base64"), KEY_BYTES, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
