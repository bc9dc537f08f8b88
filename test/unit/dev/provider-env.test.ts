import { expect, test } from "vitest";
import { portsFrom } from "../../../dev/stack/ports.ts";
import { providerEnvironment } from "../../../dev/stack/provider-env.ts";

const SIM = "http://127.0.0.1:1";
const KEY = "sim-key";

test("a provider with neither key nor address is simulated, under the stack's random key", () => {
  const env = providerEnvironment({}, SIM, KEY);
  expect(env).toMatchObject({
    OPENAI_API_KEY: KEY,
    OPENAI_BASE_URL: `${SIM}/openai/v1`,
    XAI_BASE_URL: `${SIM}/xai/v1`,
  });
});

test("the simulated Bedrock gets a credential that can sign, made from the stack's key", () => {
  const of = (key: string) => providerEnvironment({}, SIM, key)["BEDROCK_API_KEY"];
  expect(of(KEY)).toMatch(/^AKIASIM\w{13}:\S+$/);
  expect(of("another")).not.toBe(of(KEY));
});

test("a real key goes to the real address only, never to the simulator", () => {
  const env = providerEnvironment({ OPENAI_API_KEY: "sk-real", GROQ_API_KEY: "" }, SIM, KEY);
  expect(env["OPENAI_API_KEY"]).toBe("sk-real");
  expect(env).not.toHaveProperty("OPENAI_BASE_URL");
  expect(env["GROQ_BASE_URL"]).toBe(`${SIM}/groq/v1`);
});

test("an address of the developer's own is used with or without a key", () => {
  const env = providerEnvironment({ OPENAI_BASE_URL: "http://127.0.0.1:9/v1" }, SIM, KEY);
  expect(env).toMatchObject({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: "http://127.0.0.1:9/v1" });
});

test("the sandbox lives in the gateway and gets no configuration", () => {
  expect(Object.keys(providerEnvironment({}, SIM, KEY)).filter((name) => name.startsWith("SANDBOX"))).toEqual([]);
});

test("ports follow PORT_BASE, and a base that is none is refused by name", () => {
  expect(portsFrom(undefined)).toEqual({
    gateway: 8787,
    console: 8789,
    sim: 8790,
    mailbox: 8791,
    neon: 8793,
    postgres: 8794,
  });
  expect(portsFrom("9000").gateway).toBe(9007);
  for (const base of ["0", "80", "70000", "abc", "9000.5"]) expect(() => portsFrom(base)).toThrow("PORT_BASE");
});
