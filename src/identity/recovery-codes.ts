import type { RandomBytes } from "#kernel";

export const RECOVERY_CODES = 10;
/** Twelve characters of 32: 60 bits, which an online guess does not reach. */
const CODE_CHARACTERS = 12;
const GROUP_CHARACTERS = 4;
/** Without what is mistaken for something else when it is read from paper. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const CODE = new RegExp(`^[${ALPHABET}]{${CODE_CHARACTERS}}$`);

/** New recovery codes, as they are shown once: `abcd-efgh-jkmn`. */
export function makeRecoveryCodes(random: RandomBytes): readonly string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const characters = Array.from(random(CODE_CHARACTERS), (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join("");
    return characters.match(new RegExp(`.{${GROUP_CHARACTERS}}`, "g"))?.join("-") ?? characters;
  });
}

/** As it is hashed: however it was typed. Null where it can be none. */
export function normaliseRecoveryCode(typed: string): string | null {
  const code = typed.toLowerCase().replace(/[\s-]/g, "").replaceAll("o", "0").replace(/[il]/g, "1");
  return CODE.test(code) ? code : null;
}
