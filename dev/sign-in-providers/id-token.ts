import { generateKeyPairSync, sign } from "node:crypto";
import type { Grant } from "./person.ts";

const KEY_ID = "simulated-1";
const LIFE_SECONDS = 3_600;

/** Signs ID tokens (RS256, as Google does) and tells with what they are verified. */
export class IdTokens {
  readonly #keys = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  readonly #others = generateKeyPairSync("rsa", { modulusLength: 2_048 });

  get jwks(): object {
    const jwk = this.#keys.publicKey.export({ format: "jwk" });
    return { keys: [{ ...jwk, kid: KEY_ID, use: "sig", alg: "RS256" }] };
  }

  make(issuer: string, { clientId, nonce, person }: Grant): string {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const { lie } = person;
    const beganSeconds = lie === "expired" ? nowSeconds - 2 * LIFE_SECONDS : nowSeconds;
    const claims = {
      iss: lie === "issuer" ? "https://evil.example" : issuer,
      aud: lie === "audience" ? "another-client" : clientId,
      azp: clientId,
      sub: person.account,
      email: person.email,
      email_verified: person.verified === "true",
      name: person.name,
      nonce: lie === "nonce" ? "another" : nonce,
      iat: beganSeconds,
      exp: beganSeconds + LIFE_SECONDS,
    };
    const head = { alg: "RS256", kid: KEY_ID, typ: "JWT" };
    const text = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    const key = lie === "signature" ? this.#others.privateKey : this.#keys.privateKey;
    return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
  }
}
