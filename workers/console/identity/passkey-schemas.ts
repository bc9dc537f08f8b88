import { z } from "@hono/zod-openapi";

/** What browsers make of `PublicKeyCredential.toJSON()`. Bytes are base64url; what is in them is judged by who verifies. */
const bytes = (charactersMax: number) =>
  z
    .string()
    .max(charactersMax)
    .regex(/^[\w-]+$/, "is not base64url");
const ID_CHARACTERS_MAX = 1_400;
const credentialId = bytes(ID_CHARACTERS_MAX);
const clientData = bytes(4_096);
const extensions = z.record(z.string().max(64), z.unknown());
const attachment = z.enum(["platform", "cross-platform"]).nullish();
const transport = z.string().regex(/^[a-z-]{1,32}$/, "is no transport");
const TRANSPORTS_MAX = 8;

/** A signature of a passkey. */
export const passkeyAssertion = z
  .strictObject({
    id: credentialId,
    rawId: credentialId,
    type: z.literal("public-key"),
    authenticatorAttachment: attachment,
    clientExtensionResults: extensions,
    response: z.strictObject({
      clientDataJSON: clientData,
      authenticatorData: bytes(4_096),
      signature: bytes(2_048),
      userHandle: bytes(128).nullish(),
    }),
  })
  .openapi("PasskeyAssertion");
export type PasskeyAssertion = z.output<typeof passkeyAssertion>;

/** A passkey that was just made. */
export const passkeyAttestation = z
  .strictObject({
    id: credentialId,
    rawId: credentialId,
    type: z.literal("public-key"),
    authenticatorAttachment: attachment,
    clientExtensionResults: extensions,
    response: z.strictObject({
      clientDataJSON: clientData,
      attestationObject: bytes(32_768),
      authenticatorData: bytes(16_384).optional(),
      transports: z.array(transport).max(TRANSPORTS_MAX).optional(),
      publicKey: bytes(4_096).nullish(),
      publicKeyAlgorithm: z.int().optional(),
    }),
  })
  .openapi("PasskeyAttestation");
export type PasskeyAttestation = z.output<typeof passkeyAttestation>;
