import { AwsClient } from "aws4fetch";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { simulatedKey, startSim, type Sim } from "../../../dev/sim/index.ts";

let sim: Sim;
beforeAll(async () => {
  sim = await startSim();
});
beforeEach(() => sim.reset());
afterAll(async () => sim.stop());

type Send = (prompt: string) => Promise<Response>;

const postJson = async (path: string, headers: Record<string, string>, body: object) =>
  fetch(sim.url + path, { method: "POST", headers, body: JSON.stringify(body) });

/** A streamed call in each format that has no official client here, or whose client would hide the bytes. */
const STREAMS: Readonly<Record<string, Send>> = {
  google: async (text) =>
    postJson(
      "/google/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
      { "x-goog-api-key": "k" },
      { contents: [{ role: "user", parts: [{ text }] }] },
    ),
  bedrock: async (text) => {
    const [accessKeyId = "", secretAccessKey = ""] = simulatedKey("bedrock", "a test").split(":");
    const client = new AwsClient({ accessKeyId, secretAccessKey, service: "bedrock", region: "us-east-1", retries: 0 });
    const body = JSON.stringify({ messages: [{ role: "user", content: [{ text }] }] });
    return client.fetch(`${sim.url}/bedrock/model/anthropic.claude-sim/converse-stream`, { method: "POST", body });
  },
  cohere: async (text) =>
    postJson(
      "/cohere/v2/chat",
      { authorization: "Bearer k" },
      { model: "m", stream: true, messages: [{ role: "user", content: text }] },
    ),
};

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());
/** Ids differ between two answers; everything else of the same prompt is the same. */
const withoutIds = (bytes: Buffer) => bytes.toString("latin1").replaceAll(/"(?:id|responseId)":"[\w-]+"/g, "");

describe.each(Object.entries(STREAMS))("streams of %s are steered", (provider, send) => {
  it("byte by byte without a byte changed", async () => {
    const whole = await bytesOf(await send("rivers [[sim: tokens=4]]"));
    sim.configure("split", provider);
    const split = await bytesOf(await send("rivers [[sim: tokens=4]]"));
    expect(withoutIds(split)).toBe(withoutIds(whole));
    const [first, second] = sim.received();
    expect(second?.framesSent).toBe(first?.framesTotal);
  });

  it("to die, and to be killed, as broken connections", async () => {
    const died = await send("[[sim: tokens=9 die_after=2]]");
    await expect(died.arrayBuffer()).rejects.toThrow();
    expect(sim.received()[0]).toMatchObject({ provider, outcome: "cut", framesSent: 2 });
    sim.setFault("kill", provider);
    await expect(send("x")).rejects.toThrow();
  });

  it("to fail a number of times, then answer", async () => {
    const statuses: number[] = [];
    for (let call = 0; call < 3; call++) {
      statuses.push((await send("[[sim: fail=503 fail_times=2 retry_after=4]]")).status);
    }
    expect(statuses).toEqual([503, 503, 200]);
    expect(sim.received().map(({ status }) => status)).toEqual(statuses);
  });

  it("to report what is absurd, and to break off with garbage", async () => {
    sim.setFault("lie-usage", provider);
    expect((await bytesOf(await send("x"))).toString("latin1")).toContain("1999999999");
    sim.setFault(null, provider);
    const garbage = (await bytesOf(await send("[[sim: tokens=9 garbage=2]]"))).toString("latin1");
    expect(garbage).toContain("502 Bad Gateway");
  });

  it("to be seen aborted when the caller hangs up", async () => {
    const response = await send("[[sim: tokens=9 stall_after=2]]");
    await response.body?.cancel();
    const seen = await sim.waitFor((received) => received.provider === provider, 5_000);
    expect(seen).toMatchObject({ aborted: true, framesSent: 2 });
  });
});
