/** Where people may sign in instead of with a password here. */
export const SIGN_IN_PROVIDERS = ["google", "github"] as const;
export type SignInProviderId = (typeof SIGN_IN_PROVIDERS)[number];

/** What a provider says of who has just signed in there. Tokens of theirs are used for this alone, and not kept. */
export interface ProviderIdentity {
  /** Theirs, and for ever: addresses change hands. */
  readonly accountId: string;
  /** Lower case; null where they have not confirmed it. */
  readonly verifiedEmail: string | null;
  readonly name: string | null;
}

/** One sign-in from its beginning to its end. Who does not have all of it can finish nothing. */
export interface SignInAttempt {
  readonly state: string;
  readonly nonce: string;
  /** PKCE (RFC 7636). */
  readonly verifier: string;
  readonly redirectUri: string;
}

export interface SignInProvider {
  readonly id: SignInProviderId;
  /** Where a browser is sent to. */
  authorizationUrl(attempt: SignInAttempt): Promise<URL>;
  /** Who came back, by what the browser brought (`code`, `state`, `iss`). Rejects where anything is not as it has to be. */
  identify(callback: URLSearchParams, attempt: SignInAttempt): Promise<ProviderIdentity>;
}

export interface ProviderSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Stands in for all of the provider's hosts, in development and tests. */
  readonly baseUrl: string | null;
}
