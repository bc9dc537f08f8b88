import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startSim, type Sim } from "../../../dev/sim/index.ts";
import { clientOf, eventsOf, post, readAll, user } from "./client.ts";

let sim: Sim;
beforeAll(async () => {
  sim = await startSim();
});
beforeEach(() => sim.reset());
afterAll(async () => sim.stop());

const model = "gpt-4.1-nano";
const PATH = "/openai/v1/chat/completions";

async function stream(directives: string, extra: object = {}): Promise<Response> {
  const messages = user(`[[sim: ${directives}]]`);
  return post(sim, PATH, { model, messages, stream: true, stream_options: { include_usage: true }, ...extra });
}

/** Everything that arrived before the connection broke. */
async function readBroken(response: Response): Promise<{ text: string; broken: boolean }> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
    return { text, broken: false };
  } catch {
    return { text, broken: true };
  }
}

const dataCount = (text: string) => text.split("data: ").length - 1;

describe("failures by directive", () => {
  it.each([400, 401, 403, 404, 408, 409, 429, 500, 503, 529])(
    "fail=%i answers with that status in OpenAI's shape",
    async (status) => {
      const call = clientOf(sim).chat.completions.create({
        model,
        messages: user(`[[sim: fail=${status} retry_after=2]]`),
      });
      const fault: unknown = await call.catch((error: unknown) => error);
      expect(fault).toMatchObject({
        status,
        error: { message: expect.any(String), type: expect.any(String), param: null },
      });
      expect(fault).toHaveProperty("headers");
    },
  );

  it("sends retry-after with a failure", async () => {
    expect((await stream("fail=429 retry_after=7")).headers.get("retry-after")).toBe("7");
  });

  it("fails only the first requests with the same prompt, whatever the provider", async () => {
    const messages = user("[[sim: fail=503 fail_times=2]]");
    const statuses: number[] = [];
    for (const provider of ["openai", "groq", "openai", "mistral"]) {
      statuses.push((await post(sim, `/${provider}/v1/chat/completions`, { model, messages })).status);
    }
    expect(statuses).toEqual([503, 503, 200, 200]);
    expect((await post(sim, PATH, { model, messages: user("other [[sim: fail=503 fail_times=2]]") })).status).toBe(503);
  });

  it("S3: echo_key puts the received key into the error, as a leaking provider does", async () => {
    const response = await stream("echo_key");
    expect(response.status).toBe(401);
    expect(await response.text()).toContain("sk-test-key");
    expect(await (await stream("bad_key")).text()).not.toContain("sk-test-key");
  });

  it("words errors as each provider does", async () => {
    const body = { model, messages: user("[[sim: fail=400]]") };
    const shapes: unknown[] = [];
    for (const provider of ["groq", "mistral", "xai"]) {
      const parsed: unknown = await (await post(sim, `/${provider}/v1/chat/completions`, body)).json();
      shapes.push(parsed);
    }
    expect(shapes).toMatchObject([
      { error: { type: "invalid_request_error" } },
      { object: "error" },
      { error: expect.any(String) },
    ]);
  });
});

describe("refusals like OpenAI's", () => {
  it("wants a key, a known path, a known provider and JSON", async () => {
    const body = JSON.stringify({ model, messages: user("x") });
    expect((await fetch(`${sim.url}${PATH}`, { method: "POST", body })).status).toBe(401);
    expect((await post(sim, "/openai/v1/nothing", body)).status).toBe(404);
    expect((await post(sim, "/nobody/v1/chat/completions", body)).status).toBe(404);
    expect((await post(sim, PATH, "{")).status).toBe(400);
  });

  it.each([
    ["no model", { messages: user("x") }, null],
    ["no messages", { model }, "messages"],
    ["an empty conversation", { model, messages: [] }, "messages"],
    ["a maximum below one", { model, messages: user("x"), max_tokens: 0 }, "max_tokens"],
    ["n too large", { model, messages: user("x"), n: 129 }, "n"],
    [
      "stream_options without stream",
      { model, messages: user("x"), stream_options: { include_usage: true } },
      "stream_options",
    ],
    ["tool_choice without tools", { model, messages: user("x"), tool_choice: "required" }, "tool_choice"],
    ["an unknown role", { model, messages: [{ role: "boss", content: "x" }] }, "messages[0].role"],
  ])("refuses %s", async (_, body, param) => {
    const response = await post(sim, PATH, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error", param } });
  });

  it.each(["oops=1", "delay=x", "fail=200", "fixture=../secret.json", "fixture=no/such.sse"])(
    "refuses the directive '%s' so that a typing mistake fails its test",
    async (directive) => {
      const response = await stream(directive);
      expect(response.status).toBe(400);
      expect(await response.text()).toContain("sim directive");
    },
  );

  it("refuses embeddings of nothing", async () => {
    for (const input of ["", [], [[]], 5]) {
      expect((await post(sim, "/openai/v1/embeddings", { model: "e", input })).status).toBe(400);
    }
  });
});

describe("broken streams by directive", () => {
  it("die_after destroys the socket after so many chunks, and never says [DONE]", async () => {
    const read = await readBroken(await stream("tokens=30 die_after=5"));
    expect([read.broken, dataCount(read.text), read.text.endsWith("\n\n")]).toEqual([true, 5, true]);
    expect((await sim.waitFor(() => true)).outcome).toBe("cut");
  });

  it("die_inside breaks off in the middle of an event", async () => {
    const read = await readBroken(await stream("tokens=30 die_after=5 die_inside"));
    expect([read.broken, dataCount(read.text), read.text.endsWith("\n\n")]).toEqual([true, 6, false]);
  });

  it("die_after breaks a body that is not streamed in its middle", async () => {
    const response = await stream("die_after=1", { stream: false, stream_options: undefined });
    const read = await readBroken(response);
    expect(read.broken).toBe(true);
    expect(read.text.startsWith("{")).toBe(true);
    expect(() => {
      JSON.parse(read.text);
    }).toThrow();
  });

  it("garbage ends with bytes that are neither JSON nor SSE", async () => {
    const read = await readBroken(await stream("garbage=3"));
    expect(dataCount(read.text)).toBe(3);
    expect(read.text).toContain("502 Bad Gateway");
    const whole = await stream("garbage", { stream: false, stream_options: undefined });
    await expect(whole.json()).rejects.toThrow();
  });

  it("stall_after holds the connection open without a word until the client hangs up", async () => {
    const controller = new AbortController();
    const response = await fetch(`${sim.url}${PATH}`, {
      method: "POST",
      headers: { authorization: "Bearer k" },
      body: JSON.stringify({ model, messages: user("[[sim: tokens=9 stall_after=2]]"), stream: true }),
      signal: controller.signal,
    });
    const reader = response.body?.getReader();
    let text = "";
    while (dataCount(text) < 2) text += new TextDecoder().decode((await reader?.read())?.value);
    expect(sim.totals()).toMatchObject({ open: 1 });
    controller.abort();
    expect(await sim.waitFor(() => true)).toMatchObject({
      outcome: "aborted",
      aborted: true,
      framesSent: 2,
      framesTotal: 12,
    });
    expect(sim.totals()).toMatchObject({ open: 0, aborted: 1 });
  });

  it("counts a client that hangs up during a slow stream, and after how many chunks", async () => {
    const messages = user("[[sim: tokens=1000 delay=5]]");
    const chunks = await clientOf(sim).chat.completions.create({ model, messages, stream: true });
    let seen = 0;
    for await (const chunk of chunks) {
      seen += chunk.choices.length;
      if (seen === 4) break;
    }
    const received = await sim.waitFor(({ aborted }) => aborted);
    expect(received.framesSent).toBeGreaterThanOrEqual(4);
    expect(received.framesSent).toBeLessThan(1_000);
  });

  it("counts a client that hangs up before the answer begins", async () => {
    const controller = new AbortController();
    const call = clientOf(sim).chat.completions.create(
      { model, messages: user("[[sim: first=60000]]") },
      { signal: controller.signal },
    );
    const failed = expect(call).rejects.toThrow("aborted");
    while (sim.received().length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await failed;
    expect(await sim.waitFor(({ aborted }) => aborted)).toMatchObject({ framesSent: 0, status: null });
  });
});

describe("odd streams by directive", () => {
  it.each(["split=1", "crlf", "cr", "comments", "crlf comments split=1"])(
    "'%s' gives the client the same chunks",
    async (directives) => {
      const readChunks = async () => {
        const request = {
          model,
          messages: user("same"),
          stream: true as const,
          stream_options: { include_usage: true },
        };
        const read = await readAll(await clientOf(sim).chat.completions.create(request));
        return read.map(({ choices, usage }) => ({ choices, usage }));
      };
      const plain = await readChunks();
      sim.configure(directives);
      expect(await readChunks()).toEqual(plain);
    },
  );

  it("crlf and cr really change the line ends", async () => {
    expect(await (await stream("crlf tokens=2")).text()).toMatch(/\r\n\r\ndata: \[DONE\]\r\n\r\n$/);
    expect(await (await stream("cr tokens=2")).text()).toMatch(/\r\rdata: \[DONE\]\r\r$/);
    expect(await (await stream("comments tokens=2")).text()).toMatch(/^: ping\n\n/);
  });

  it("sends a usage chunk only when asked, and usage: null before it", async () => {
    const asked = eventsOf(await (await stream("tokens=2")).text());
    const not = eventsOf(await (await stream("tokens=2", { stream_options: undefined })).text());
    expect(asked.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 2 } });
    expect(asked[0]).toMatchObject({ usage: null });
    expect(not.some((event) => JSON.stringify(event).includes("usage"))).toBe(false);
  });

  it("no_usage, zero_usage, usage_input, usage_output and no_done do what they say", async () => {
    const last = async (directives: string) => eventsOf(await (await stream(directives)).text()).at(-1);
    expect(await last("no_usage tokens=2")).not.toHaveProperty("usage.total_tokens");
    expect(await last("zero_usage")).toMatchObject({
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    });
    expect(await last("usage_input=1000 usage_output=7 cached=900")).toMatchObject({
      usage: { prompt_tokens: 1000, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 900 } },
    });
    expect(await (await stream("no_done")).text()).not.toContain("[DONE]");
  });

  it("overrun ignores the request's maximum, and empty sends no output", async () => {
    const over = await post(sim, PATH, { model, messages: user("[[sim: overrun=500]]"), max_tokens: 5 });
    expect(await over.json()).toMatchObject({
      usage: { completion_tokens: 500 },
      choices: [{ finish_reason: "stop" }],
    });
    const empty = eventsOf(await (await stream("empty")).text());
    expect(empty).toHaveLength(3);
    expect(empty.at(-1)).toMatchObject({ usage: { completion_tokens: 0 } });
  });

  it("xAI counts reasoning beside the completion and DeepSeek shows it", async () => {
    const body = { model, messages: user("[[sim: tokens=5 reasoning=9]]") };
    const grok: unknown = await (await post(sim, "/xai/v1/chat/completions", body)).json();
    expect(grok).toMatchObject({ usage: { completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 9 } } });
    const deepseek: unknown = await (await post(sim, "/deepseek/chat/completions", body)).json();
    expect(deepseek).toMatchObject({
      usage: { completion_tokens: 14 },
      choices: [{ message: { reasoning_content: expect.any(String) } }],
    });
  });
});

describe("the control door", () => {
  const control = async (path: string, body?: unknown) =>
    fetch(`${sim.url}/_sim/${path}`, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) });

  it("sets default directives for all or one provider, which a prompt's own replace", async () => {
    expect((await control("config", { directives: { tokens: 3 } })).status).toBe(200);
    expect((await control("config", { directives: "fail=503", provider: "groq" })).status).toBe(200);
    const messages = user("hi");
    expect((await post(sim, "/groq/v1/chat/completions", { model, messages })).status).toBe(503);
    expect(await (await post(sim, PATH, { model, messages })).json()).toMatchObject({
      usage: { completion_tokens: 3 },
    });
    const own = await post(sim, PATH, { model, messages: user("[[sim: tokens=8]]") });
    expect(await own.json()).toMatchObject({ usage: { completion_tokens: 8 } });
    expect((await control("config", { directives: "oops" })).status).toBe(400);
    expect((await control("config", { directives: "", provider: "nobody" })).status).toBe(400);
    await control("reset", {});
    expect((await post(sim, "/groq/v1/chat/completions", { model, messages })).status).toBe(200);
  });

  it("tells what was received, newest last, within its limit", async () => {
    for (const name of ["a", "b", "c"]) await post(sim, PATH, { model, messages: user(name) }, { "x-mark": name });
    const answer: unknown = await (await control("received?limit=2")).json();
    expect(answer).toMatchObject({
      totals: { requests: 3, open: 0, aborted: 0 },
      received: [
        {
          method: "POST",
          path: PATH,
          provider: "openai",
          status: 200,
          headers: { "x-mark": "b" },
          body: { messages: user("b") },
        },
        { headers: { "x-mark": "c", authorization: "Bearer sk-test-key" }, outcome: "finished" },
      ],
    });
    expect((await control("health")).status).toBe(200);
  });

  it("remembers a bounded number of requests, and counts all", async () => {
    const body = { model, messages: user("many") };
    for (let round = 0; round < 45; round++) {
      await Promise.all(Array.from({ length: 50 }, async () => (await post(sim, PATH, body)).arrayBuffer()));
    }
    expect(sim.totals().requests).toBe(2_250);
    const kept = sim.received(10_000);
    expect(kept.length).toBeLessThanOrEqual(2_200);
    expect(kept.at(-1)?.sequence).toBe(2_250);
  });
});
