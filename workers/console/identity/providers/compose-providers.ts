import { github } from "./github.ts";
import { google } from "./google.ts";
import {
  SIGN_IN_PROVIDERS,
  type ProviderSettings,
  type SignInProvider,
  type SignInProviderId,
} from "./sign-in-provider.ts";

const MAKERS: Readonly<Record<SignInProviderId, (settings: ProviderSettings) => SignInProvider>> = { google, github };

export type SignInProviders = ReadonlyMap<SignInProviderId, SignInProvider>;

/**
 * The providers whose `<ID>_CLIENT_ID` and `<ID>_CLIENT_SECRET` are set. Throws where one of the two is missing, or
 * where `<ID>_OAUTH_BASE_URL` is set in production.
 */
export function composeProviders(env: object): SignInProviders {
  const read = (name: string): string | null => {
    const value: unknown = Reflect.get(env, name);
    return typeof value === "string" && value !== "" ? value : null;
  };
  const providers = new Map<SignInProviderId, SignInProvider>();
  for (const id of SIGN_IN_PROVIDERS) {
    const prefix = id.toUpperCase();
    const [clientId, clientSecret] = [read(`${prefix}_CLIENT_ID`), read(`${prefix}_CLIENT_SECRET`)];
    if (clientId === null && clientSecret === null) continue;
    if (clientId === null || clientSecret === null)
      throw new Error(`${prefix}_CLIENT_ID and ${prefix}_CLIENT_SECRET go together`);
    const baseUrl = read(`${prefix}_OAUTH_BASE_URL`);
    if (baseUrl !== null && read("ENVIRONMENT") === "production")
      throw new Error(`${prefix}_OAUTH_BASE_URL is for development`);
    providers.set(id, MAKERS[id]({ clientId, clientSecret, baseUrl }));
  }
  return providers;
}
