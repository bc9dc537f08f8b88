import * as oauth from "oauth4webapi";
import { z } from "zod";
import { authorizationUrl, exchangeCode, httpOptions } from "./oauth.ts";
import type { ProviderSettings, SignInProvider } from "./sign-in-provider.ts";

const HEADERS = {
  accept: "application/vnd.github+json",
  "user-agent": "prismatic-api",
  "x-github-api-version": "2022-11-28",
} as const;

const userSchema = z.looseObject({ id: z.int().positive(), login: z.string(), name: z.string().nullish() });
const emailsSchema = z.array(z.looseObject({ email: z.email().max(254), primary: z.boolean(), verified: z.boolean() }));

/** OAuth without an ID token: who it is, is asked of the API. Source: docs.github.com/apps/oauth-apps, REST `/user` and `/user/emails`. */
export function github(settings: ProviderSettings): SignInProvider {
  const { baseUrl, clientId } = settings;
  const api = baseUrl ?? "https://api.github.com";
  const site = `${baseUrl ?? "https://github.com"}/login/oauth`;
  const as: oauth.AuthorizationServer = { issuer: site, token_endpoint: `${site}/access_token` };
  const ask = async (path: string, token: string): Promise<unknown> => {
    const url = new URL(`${api}${path}`);
    const response = await oauth.protectedResourceRequest(
      token,
      "GET",
      url,
      new Headers(HEADERS),
      null,
      httpOptions(settings),
    );
    if (response.status !== 200) throw new TypeError(`${path}: ${response.status}`);
    return response.json();
  };
  return {
    id: "github",
    authorizationUrl: (attempt) =>
      authorizationUrl(`${site}/authorize`, settings, attempt, { scope: "read:user user:email" }),
    async identify(callback, attempt) {
      const response = await exchangeCode(as, settings, callback, attempt);
      const client = { client_id: clientId };
      const { access_token: token } = await oauth.processAuthorizationCodeResponse(as, client, response);
      const user = userSchema.parse(await ask("/user", token));
      // The profile's own address may be any; of these GitHub says which are confirmed.
      const emails = emailsSchema.parse(await ask("/user/emails", token));
      const primary = emails.find((one) => one.primary && one.verified);
      return {
        accountId: String(user.id),
        verifiedEmail: primary?.email.toLowerCase() ?? null,
        name: user.name ?? user.login,
      };
    },
  };
}
