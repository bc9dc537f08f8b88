import { expect, it } from "vitest";
import { makeOpeningKey, openSealed, parseOpeningKeys, parseSealingKey, seal } from "#keys";

/** Made in Node with the key below: the console and the gateway need not run on the same engine. */
const KEY = {
  kid: "k1",
  kty: "EC",
  crv: "P-256",
  x: "xUA7BIFsMQvBryDOD0uCtQktjuXZNfUTI-4wWS3_360",
  y: "joj7uI6qPdABRTS5chx5e0OP8jxw6BfCMaic6ZQtbLY",
  d: "TR_86iVstHqvFtG0eJqOMJvWYu-Wex29MdQ1glwCWVU",
};
const SEALED_IN_NODE =
  "AQTfyXAYCXB1fBcsBwjEY9YLWBW+m0JwnWEPIJorv6D654z4o8RgbDc/+pseoEXZZ1JY7jeXH0VEyNjqk7gpIrTE0hJ4HtmVH7oY+6vp8JKYaMFuR5rDB6z45kk=";
const CONTEXT = { orgId: "org_1", provider: "openai" };

it("a box sealed in Node opens in workerd, for its own context alone", async () => {
  const keys = await parseOpeningKeys(JSON.stringify([KEY]));
  const box = { sealed: SEALED_IN_NODE, keyVersion: "k1" };
  expect(await openSealed(keys, box, CONTEXT)).toBe("sk-example");
  expect(await openSealed(keys, box, { ...CONTEXT, orgId: "org_2" })).toBeNull();
});

it("workerd seals and opens by itself too", async () => {
  const jwk = JSON.stringify(await makeOpeningKey("k2"));
  const box = await seal(await parseSealingKey(jwk), "sk-example", CONTEXT);
  expect(await openSealed(await parseOpeningKeys(`[${jwk}]`), box, CONTEXT)).toBe("sk-example");
});
