import { Secret, TOTP } from "otpauth";
import type { RandomBytes } from "#kernel";

const ISSUER = "Prismatic API";
const PERIOD_SECONDS = 30;
const DIGITS = 6;
/** 160 bits, as RFC 4226 wants of SHA-1. */
const SECRET_BYTES = 20;
/** Clocks of phones differ: one step before and one after. */
const WINDOW_STEPS = 1;
const MS_PER_SECOND = 1_000;

/** A new authenticator secret, base32. */
export function makeTotpSecret(random: RandomBytes): string {
  return new Secret({ buffer: Uint8Array.from(random(SECRET_BYTES)).buffer }).base32;
}

/** What an authenticator app reads from a QR code. */
export function totpUri(secret: string, account: string): string {
  return totp(secret, account).toString();
}

/** The time step whose code this is (RFC 6238), or null. A step may be used once: the caller keeps which were (S8). */
export function totpStep(secret: string, code: string, nowMs: number): number | null {
  if (!/^\d{6}$/.test(code)) return null;
  const delta = totp(secret, "").validate({ token: code, timestamp: nowMs, window: WINDOW_STEPS });
  return delta === null ? null : Math.floor(nowMs / MS_PER_SECOND / PERIOD_SECONDS) + delta;
}

function totp(secret: string, label: string): TOTP {
  return new TOTP({
    issuer: ISSUER,
    label,
    algorithm: "SHA1",
    digits: DIGITS,
    period: PERIOD_SECONDS,
    secret: Secret.fromBase32(secret),
  });
}
