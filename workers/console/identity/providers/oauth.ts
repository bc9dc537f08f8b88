import * as oauth from "oauth4webapi";
import { boundedFetch } from "./bounded-fetch.ts";
import type { ProviderSettings, SignInAttempt } from "./sign-in-provider.ts";

/** What is asked for at the beginning, in the words of RFC 6749, 7636 and OpenID Connect. */
export async function authorizationUrl(
  endpoint: string,
  { clientId }: ProviderSettings,
  { state, verifier, redirectUri }: SignInAttempt,
  extra: Readonly<Record<string, string>>,
): Promise<URL> {
  const url = new URL(endpoint);
  const parameters = {
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...extra,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

/** How the library asks: by our fetch, and without TLS only where the address was set by hand. */
export const httpOptions = ({ baseUrl }: ProviderSettings) => ({
  [oauth.customFetch]: boundedFetch,
  [oauth.allowInsecureRequests]: baseUrl?.startsWith("http:") ?? false,
});

/** Changes the code for tokens, with the verifier and our secret. */
export async function exchangeCode(
  as: oauth.AuthorizationServer,
  settings: ProviderSettings,
  callback: URLSearchParams,
  attempt: SignInAttempt,
): Promise<Response> {
  const client = { client_id: settings.clientId };
  const checked = oauth.validateAuthResponse(as, client, callback, attempt.state);
  return oauth.authorizationCodeGrantRequest(
    as,
    client,
    oauth.ClientSecretPost(settings.clientSecret),
    checked,
    attempt.redirectUri,
    attempt.verifier,
    httpOptions(settings),
  );
}
