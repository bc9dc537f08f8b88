import { AppError } from "#kernel";
import type { ApiContext } from "../../api/context.ts";
import { encodeBase64Url } from "../../base64url.ts";
import { giveChallenge, takeChallenge } from "../challenge.ts";
import type { ProviderIdentity, SignInAttempt, SignInProvider, SignInProviderId } from "./sign-in-provider.ts";

const encoder = new TextEncoder();

/** For whom it is begun: a browser that is not signed in, or a session that adds it. */
export interface AttemptUse {
  readonly kind: "provider_sign_in" | "login_add";
  /** The browser's cookie or the session's id: another's end finishes nothing. */
  readonly whose: string;
}

export interface Callback {
  readonly code: string;
  readonly state: string;
  readonly iss?: string | undefined;
}

export function providerOf(context: ApiContext, id: SignInProviderId): SignInProvider {
  const provider = context.get("services").signInProviders.get(id);
  if (provider === undefined) throw new AppError("sign_in_not_offered", { param: "provider" });
  return provider;
}

/** Where the browser is to go. `value` comes back with the answer. */
export async function beginAttempt(
  context: ApiContext,
  provider: SignInProvider,
  use: AttemptUse,
  value: string,
): Promise<string> {
  const state = await giveChallenge(context, challengeUse(provider, use), value);
  const url = await provider.authorizationUrl(await attemptOf(context, provider, state));
  return url.href;
}

/** Who came back. The state is used up first: of twenty tries with one answer at most one gets further. */
export async function finishAttempt(
  context: ApiContext,
  provider: SignInProvider,
  use: AttemptUse,
  { code, state, iss }: Callback,
): Promise<{ readonly identity: ProviderIdentity; readonly value: string }> {
  const value = await takeChallenge(context, challengeUse(provider, use), state);
  if (value === null) throw new AppError("provider_sign_in_failed");
  const callback = new URLSearchParams({ code, state, ...(iss === undefined ? {} : { iss }) });
  const attempt = await attemptOf(context, provider, state);
  try {
    return { identity: await provider.identify(callback, attempt), value };
  } catch (cause) {
    // It did not answer, or not as it has to: for who signs in it is one, and what it said is not told on.
    throw new AppError("provider_sign_in_failed", { cause });
  }
}

const challengeUse = ({ id }: SignInProvider, { kind, whose }: AttemptUse) => ({ kind, session: `${id}\n${whose}` });

/** Nonce and verifier are made from the state and our secret, so that the database holds neither. */
async function attemptOf(context: ApiContext, { id }: SignInProvider, state: string): Promise<SignInAttempt> {
  const { authSecret, siteUrl } = context.get("services");
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(authSecret), algorithm, false, ["sign"]);
  const derive = async (label: string): Promise<string> => {
    const text = encoder.encode(`prismatic sign-in ${label} 1\n${id}\n${state}`);
    return encodeBase64Url(new Uint8Array(await crypto.subtle.sign("HMAC", key, text)));
  };
  const [nonce, verifier] = [await derive("nonce"), await derive("verifier")];
  return { state, nonce, verifier, redirectUri: `${siteUrl}/sign-in/${id}` };
}
