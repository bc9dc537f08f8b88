import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";
import { listen, LOOPBACK } from "../stack/listen.ts";
import { IdTokens } from "./id-token.ts";
import { decisionPage } from "./page.ts";
import { personSchema, type Grant } from "./person.ts";

const BODY_BYTES_MAX = 16 * 1024;
const CODES_MAX = 1_000;

const asked = z.object({
  client_id: z.string(),
  redirect_uri: z.url(),
  response_type: z.literal("code"),
  state: z.string().min(1),
  code_challenge: z.string().length(43),
  code_challenge_method: z.literal("S256"),
  scope: z.string().min(1),
  nonce: z.string().optional(),
});
const exchange = z.object({
  grant_type: z.literal("authorization_code"),
  code: z.string(),
  redirect_uri: z.string(),
  code_verifier: z.string(),
  client_id: z.string(),
  client_secret: z.string(),
});

export interface SignInProvidersStub {
  readonly url: string;
  /** What the console is configured with to ask it in place of Google and GitHub. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/**
 * Google and GitHub as far as a sign-in needs them, by their real protocols: authorize, token with PKCE and a client
 * secret, Google's ID tokens and their keys, GitHub's `/user` and `/user/emails`. A page asks who signs in.
 */
export async function startSignInProviders(): Promise<SignInProvidersStub> {
  const secret = randomBytes(16).toString("hex");
  const clients = { google: "google-client", github: "github-client" } as const;
  const server = createServer((request, response) => {
    stub.serve(request, response).catch(() => response.writeHead(500).end());
  });
  const port = await listen(server, 0, "simulated sign-in providers");
  const url = `http://${LOOPBACK}:${port}`;
  const stub = new Stub(url, secret, clients);
  const env = {
    GOOGLE_CLIENT_ID: clients.google,
    GOOGLE_CLIENT_SECRET: secret,
    GOOGLE_OAUTH_BASE_URL: url,
    GITHUB_CLIENT_ID: clients.github,
    GITHUB_CLIENT_SECRET: secret,
    GITHUB_OAUTH_BASE_URL: url,
  };
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url, env, stop };
}

type Clients = Readonly<Record<Grant["provider"], string>>;

class Stub {
  readonly #url: string;
  readonly #secret: string;
  readonly #clients: Clients;
  readonly #tokens = new IdTokens();
  /** Codes that were not exchanged yet, and access tokens. */
  readonly #codes = new Map<string, Grant>();
  readonly #access = new Map<string, Grant>();

  constructor(url: string, secret: string, clients: Clients) {
    this.#url = url;
    this.#secret = secret;
    this.#clients = clients;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.#url);
    const route = `${request.method ?? ""} ${url.pathname}`;
    if (route === "GET /o/oauth2/v2/auth" || route === "GET /login/oauth/authorize")
      return this.#authorize(url, response);
    if (route === "POST /decide") return this.#decide(url, await readForm(request), response);
    if (route === "POST /token") return this.#exchange("google", await readForm(request), response);
    if (route === "POST /login/oauth/access_token") return this.#exchange("github", await readForm(request), response);
    if (route === "GET /oauth2/v3/certs") return sendJson(response, 200, this.#tokens.jwks);
    if (route === "GET /user" || route === "GET /user/emails") return this.#api(url.pathname, request, response);
    sendJson(response, 404, { error: "not_found" });
  }

  #authorize(url: URL, response: ServerResponse): void {
    const query = asked.safeParse(Object.fromEntries(url.searchParams));
    if (!query.success || !Object.values(this.#clients).includes(query.data.client_id))
      return sendJson(response, 400, { error: "invalid_request" });
    response
      .writeHead(200, { "content-type": "text/html; charset=utf-8" })
      .end(decisionPage(url.pathname, url.searchParams));
  }

  /** Somebody said who they are: back to where they came from, with a code. */
  #decide(url: URL, form: Readonly<Record<string, string>>, response: ServerResponse): void {
    const query = asked.parse(Object.fromEntries(url.searchParams));
    const provider = query.client_id === this.#clients.google ? "google" : "github";
    const code = randomBytes(24).toString("base64url");
    if (this.#codes.size >= CODES_MAX) this.#codes.clear();
    this.#codes.set(code, {
      provider,
      clientId: query.client_id,
      redirectUri: query.redirect_uri,
      challenge: query.code_challenge,
      nonce: query.nonce ?? null,
      person: personSchema.parse(form),
    });
    const back = new URL(query.redirect_uri);
    back.searchParams.set("code", code);
    back.searchParams.set("state", query.state);
    back.searchParams.set("iss", provider === "google" ? this.#url : `${this.#url}/login/oauth`);
    response.writeHead(302, { location: back.href }).end();
  }

  #exchange(provider: Grant["provider"], form: Readonly<Record<string, string>>, response: ServerResponse): void {
    const sent = exchange.safeParse(form);
    const grant = sent.success ? this.#codes.get(sent.data.code) : undefined;
    // GitHub tells of errors with 200.
    const refuse = (error: string): void => sendJson(response, provider === "github" ? 200 : 400, { error });
    if (!sent.success || grant === undefined) return refuse("bad_verification_code");
    this.#codes.delete(sent.data.code);
    const {
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    } = sent.data;
    const isRight =
      grant.provider === provider &&
      clientId === grant.clientId &&
      clientSecret === this.#secret &&
      redirectUri === grant.redirectUri &&
      createHash("sha256").update(verifier).digest("base64url") === grant.challenge;
    if (!isRight || grant.person.lie === "token_error") return refuse("invalid_grant");
    if (grant.person.lie === "unreachable") return void response.destroy();
    const token = randomBytes(24).toString("base64url");
    this.#access.set(token, grant);
    const common = { access_token: token, token_type: "bearer" };
    if (provider === "github") return sendJson(response, 200, { ...common, scope: "read:user,user:email" });
    const idToken = this.#tokens.make(this.#url, grant);
    sendJson(response, 200, { ...common, token_type: "Bearer", expires_in: 3_599, id_token: idToken });
  }

  #api(path: string, request: IncomingMessage, response: ServerResponse): void {
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const grant = this.#access.get(token);
    // GitHub refuses who does not say what program it is.
    if (grant?.provider !== "github" || request.headers["user-agent"] === undefined)
      return sendJson(response, 401, { message: "Bad credentials" });
    const { account, name, email, verified } = grant.person;
    if (path === "/user") return sendJson(response, 200, { id: Number(account), login: "ada", name, email });
    sendJson(response, 200, [
      { email: "other@users.noreply.github.example", primary: false, verified: true, visibility: null },
      { email, primary: true, verified: verified === "true", visibility: "private" },
    ]);
  }
}

async function readForm(request: IncomingMessage): Promise<Record<string, string>> {
  let text = "";
  for await (const part of request) {
    text += String(part);
    if (text.length > BODY_BYTES_MAX) throw new RangeError("a form is too long");
  }
  return Object.fromEntries(new URLSearchParams(text));
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(value));
}
