import { expect, test } from "vitest";
import { PROVIDERS } from "#providers";
import { dataMap } from "#store";
import { RESEND_BASE_URL } from "../../../workers/console/mail/resend-transport.ts";

/** A `*` stands for what an operator chooses: a region, a project. */
const patterns = dataMap.egress.map(
  ({ host }) => new RegExp(`^${host.replaceAll(".", "\\.").replaceAll("*", "[a-z0-9-]+")}$`),
);
const isMapped = (host: string): boolean => patterns.some((pattern) => pattern.test(host));

const addressed = PROVIDERS.flatMap(({ id, defaultBaseUrl, env }) =>
  defaultBaseUrl === null || env === null ? [] : [{ id, host: new URL(defaultBaseUrl).host }],
);

test.each(addressed)("the data map names the host of $id", ({ host }) => {
  expect(isMapped(host)).toBe(true);
});

test("a host that no provider of ours has is not mapped", () => {
  expect(addressed.length).toBeGreaterThan(20);
  expect(isMapped("api.openai.com.evil.example")).toBe(false);
  expect(isMapped("bedrock-runtime.us-east-1.amazonaws.com.evil.example")).toBe(false);
});

test("the limiter's database is on a host that is mapped, whichever the operator has", () => {
  expect(isMapped("eu1-quick-crab-12345.upstash.io")).toBe(true);
  expect(isMapped("upstash.io.evil.example")).toBe(false);
});

test("Workers AI has an address of each account's own, on a host that is mapped", () => {
  expect(PROVIDERS.find(({ id }) => id === "workers-ai")?.defaultBaseUrl).toBeNull();
  expect(isMapped("api.cloudflare.com")).toBe(true);
});

test("the data map names the host that mail is sent by, and who is behind it", () => {
  const { host } = new URL(RESEND_BASE_URL);
  expect(dataMap.egress.find((entry) => entry.host === host)).toMatchObject({ recipient: "email_provider" });
});
