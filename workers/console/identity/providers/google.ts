import * as oauth from "oauth4webapi";
import { z } from "zod";
import { authorizationUrl, exchangeCode, httpOptions } from "./oauth.ts";
import type { ProviderSettings, SignInProvider } from "./sign-in-provider.ts";

const claimsSchema = z.looseObject({
  sub: z.string().min(1).max(255),
  email: z.email().max(254).nullish(),
  email_verified: z.boolean().nullish(),
  name: z.string().nullish(),
});

/** OpenID Connect. Source: developers.google.com/identity/openid-connect/openid-connect and its discovery document. */
export function google(settings: ProviderSettings): SignInProvider {
  const { baseUrl, clientId } = settings;
  const as: oauth.AuthorizationServer = {
    issuer: baseUrl ?? "https://accounts.google.com",
    token_endpoint: `${baseUrl ?? "https://oauth2.googleapis.com"}/token`,
    jwks_uri: `${baseUrl ?? "https://www.googleapis.com"}/oauth2/v3/certs`,
  };
  return {
    id: "google",
    authorizationUrl: (attempt) =>
      authorizationUrl(`${baseUrl ?? "https://accounts.google.com"}/o/oauth2/v2/auth`, settings, attempt, {
        scope: "openid email profile",
        nonce: attempt.nonce,
        prompt: "select_account",
      }),
    async identify(callback, attempt) {
      const response = await exchangeCode(as, settings, callback, attempt);
      const tokens = await oauth.processAuthorizationCodeResponse(as, { client_id: clientId }, response, {
        expectedNonce: attempt.nonce,
        requireIdToken: true,
      });
      // It came from Google by TLS; that Google signed it is checked all the same.
      await oauth.validateApplicationLevelSignature(as, response, httpOptions(settings));
      const claims = claimsSchema.parse(oauth.getValidatedIdTokenClaims(tokens));
      const isVerified = claims.email_verified === true;
      return {
        accountId: claims.sub,
        verifiedEmail: isVerified ? (claims.email?.toLowerCase() ?? null) : null,
        name: claims.name ?? null,
      };
    },
  };
}
