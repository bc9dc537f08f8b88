import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { GATEWAY_BOUNDS, gatewayBounds } from "../../../dev/stack/gateway-bounds.ts";

const GATEWAY = resolve(import.meta.dirname, "../../../workers/gateway");

test("the stack passes on exactly the bounds that the gateway and its Account object read", async () => {
  const texts = await Promise.all(
    ["settings.ts", "account/account-settings.ts"].map((file) => readFile(resolve(GATEWAY, file), "utf8")),
  );
  const read = texts.flatMap((text) =>
    [...text.matchAll(/(?:number|milliseconds|count|readFee)\((?:env, )?"([A-Z_]+)"/g)].map(([, name]) => name),
  );
  expect(new Set<string | undefined>(GATEWAY_BOUNDS)).toEqual(new Set(read));
});

test("only what is set is passed on, and nothing that is not a bound", () => {
  const environment = { REQUEST_MAX_MS: "8000", HOLD_GRACE_MS: "", OPENAI_API_KEY: "sk", HOME: "/" };
  expect(gatewayBounds(environment)).toEqual({ REQUEST_MAX_MS: "8000" });
});
