import { expect, test } from "vitest";
import { dataMap } from "#store";
import { composeProviders } from "../../../workers/console/identity/providers/compose-providers.ts";

const GOOGLE = { GOOGLE_CLIENT_ID: "id", GOOGLE_CLIENT_SECRET: "secret" };
const GITHUB = { GITHUB_CLIENT_ID: "id", GITHUB_CLIENT_SECRET: "secret" };
const ATTEMPT = { state: "s", nonce: "n", verifier: "v".repeat(43), redirectUri: "https://prismaticapi.com/sign-in/x" };

test.each([
  [{}, []],
  [GOOGLE, ["google"]],
  [{ ...GOOGLE, GITHUB_CLIENT_ID: "", GITHUB_CLIENT_SECRET: "" }, ["google"]],
  [{ ...GOOGLE, ...GITHUB }, ["google", "github"]],
])("of %j there are %j", (env, expected) => {
  expect([...composeProviders(env).keys()]).toEqual(expected);
});

test.each([{ GOOGLE_CLIENT_ID: "id" }, { GITHUB_CLIENT_SECRET: "secret" }])("half of one does not start: %j", (env) => {
  expect(() => composeProviders(env)).toThrow("go together");
});

test("in production no address stands in for a provider's own", () => {
  const env = { ...GOOGLE, ENVIRONMENT: "production", GOOGLE_OAUTH_BASE_URL: "https://evil.example" };
  expect(() => composeProviders(env)).toThrow("is for development");
});

test.each([
  ["google", "https://accounts.google.com/o/oauth2/v2/auth", "openid email profile"],
  ["github", "https://github.com/login/oauth/authorize", "read:user user:email"],
] as const)("%s sends the browser to its own page, with PKCE and the state", async (id, page, scope) => {
  const url = await composeProviders({ ...GOOGLE, ...GITHUB })
    .get(id)
    ?.authorizationUrl(ATTEMPT);
  expect(url?.href.split("?")[0]).toBe(page);
  expect(Object.fromEntries(url?.searchParams ?? [])).toMatchObject({
    client_id: "id",
    response_type: "code",
    state: "s",
    scope,
    redirect_uri: ATTEMPT.redirectUri,
    code_challenge_method: "S256",
  });
  expect(url?.href).not.toContain(ATTEMPT.verifier);
});

test("the data map names every host that they are asked at", () => {
  const hosts = dataMap.egress.filter(({ recipient }) => recipient === "sign_in_provider").map(({ host }) => host);
  expect(hosts.toSorted()).toEqual(["api.github.com", "github.com", "oauth2.googleapis.com", "www.googleapis.com"]);
});
