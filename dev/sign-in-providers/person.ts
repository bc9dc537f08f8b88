import { z } from "zod";

/** Who signs in at a simulated provider, and what is wrong with what the provider says of them. */
export const LIES = [
  "none",
  "nonce",
  "audience",
  "issuer",
  "signature",
  "expired",
  "token_error",
  "unreachable",
] as const;

export const personSchema = z.object({
  account: z.string().regex(/^\d{1,15}$/),
  name: z.string().max(200).default("Ada Lovelace"),
  email: z.email(),
  verified: z.enum(["true", "false"]).default("true"),
  lie: z.enum(LIES).default("none"),
});
export type Person = z.output<typeof personSchema>;

/** What the console's redirect asked for, and a code stands for until it is exchanged. */
export interface Grant {
  readonly provider: "google" | "github";
  readonly clientId: string;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly nonce: string | null;
  readonly person: Person;
}
