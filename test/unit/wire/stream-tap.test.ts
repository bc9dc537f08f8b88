import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { createChatStreamTap, type AnswerSummary, type ChatTapOptions } from "#wire";
import { readAsClient } from "./read-stream.ts";
import { frame, hasRecordings, RECORDED_STREAMS, recordedEvents } from "./recorded.ts";

const OWN = new URL("../../fixtures/openai-chat/", import.meta.url);
const PLAIN: ChatTapOptions = { choices: 1, dropUsageChunk: false };
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Run {
  readonly bytes: Buffer;
  readonly summary: AnswerSummary;
  readonly stopped: boolean;
}

function run(chunks: Iterable<Uint8Array>, options: ChatTapOptions = PLAIN): Run {
  const tap = createChatStreamTap(options);
  const out: Uint8Array[] = [];
  let stopped = false;
  for (const chunk of chunks) {
    const { forward, stop } = tap.push(chunk);
    out.push(...forward);
    stopped = stop;
    if (stop) break;
  }
  const { forward, summary } = tap.finish();
  return { bytes: Buffer.concat([...out, ...forward]), summary, stopped };
}

const inTwo = (bytes: Uint8Array, at: number): Uint8Array[] => [bytes.subarray(0, at), bytes.subarray(at)];
const bytewise = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (byte) => Uint8Array.of(byte));

const sidecar = z.object({
  covers: z.string(),
  text: z.string(),
  tool_calls: z.array(z.object({ arguments: z.string() })),
  finish_reason: z.string().nullable(),
  usage: z.unknown(),
  done: z.boolean(),
});
const own = readdirSync(OWN)
  .filter((name) => name.endsWith(".sse"))
  .map((name) => ({
    name,
    bytes: new Uint8Array(readFileSync(new URL(name, OWN))),
    expected: sidecar.parse(JSON.parse(readFileSync(new URL(name.replace(".sse", ".json"), OWN), "utf8"))),
  }));

describe("the tap on our own streams", () => {
  it.each(own)(
    "G16: reads and passes the same at every byte split: $name ($expected.covers)",
    ({ bytes, expected }) => {
      const check = ({ bytes: passed, summary }: Run): void => {
        const view = readAsClient(passed);
        expect(view.text).toBe(expected.text);
        expect(view.toolArguments).toEqual(expected.tool_calls.map((call) => call.arguments));
        expect(summary.usage).toEqual(expected.usage);
        expect(summary.finishReasons[0]).toBe(expected.finish_reason);
        expect(view.done).toBe(expected.done);
        expect(summary.end).toBe(expected.done || expected.finish_reason !== null ? "complete" : "interrupted");
      };
      const whole = run([bytes]);
      check(whole);
      for (let at = 1; at < bytes.length; at += 1) {
        const parts = run(inTwo(bytes, at));
        expect(parts.bytes.equals(whole.bytes)).toBe(true);
        expect(parts.summary).toEqual(whole.summary);
      }
      const single = run(bytewise(bytes));
      check(single);
      expect(single.bytes.equals(whole.bytes)).toBe(true);
    },
  );

  const HAS_MORE_THAN_DATA = /crlf-comments|event-names-bom|events-after-finish/;

  it.each(own.filter(({ name }) => HAS_MORE_THAN_DATA.test(name)))(
    "S3: leaves out comments, ids and what follows the end, and nothing else: $name",
    ({ bytes }) => {
      const passed = run([bytes]).bytes;
      expect(readAsClient(passed)).toEqual(readAsClient(bytes));
      const lines = new TextDecoder().decode(passed).split(/\r\n|\n/);
      expect(lines.filter((line) => !/^(?:|:|data: .*|event: (?:chunk|done))$/.test(line))).toEqual([]);
    },
  );

  it.each(own.filter(({ name }) => !/dies|error/.test(name) && !HAS_MORE_THAN_DATA.test(name)))(
    "passes every byte of a sound stream untouched: $name",
    ({ bytes }) => {
      expect(Buffer.from(run([bytes]).bytes).equals(bytes)).toBe(true);
    },
  );
});

describe.skipIf(!hasRecordings)("the tap on recorded streams", () => {
  it.each(RECORDED_STREAMS)(
    "G16: gives text, tool arguments and usage as read directly, at every byte split: %s",
    (name) => {
      const bytes = frame(recordedEvents(name));
      const direct = readAsClient(bytes);
      const single = run(bytewise(bytes));
      expect(Buffer.from(single.bytes).equals(bytes)).toBe(true);
      expect(readAsClient(single.bytes)).toEqual(direct);
      expect(single.summary).toMatchObject({ end: "complete", usage: direct.usage, error: null });
      expect(single.summary.delivered.textBytes).toBe(encode(direct.text).length);
      // Two-way splits over the first events and the last, at every byte; the middle repeats their shapes.
      const events = recordedEvents(name);
      const short = frame([...events.slice(0, 4), ...events.slice(-3)]);
      const whole = run([short]);
      for (let at = 1; at < short.length; at += 1) {
        const parts = run(inTwo(short, at));
        expect(parts.bytes.equals(whole.bytes)).toBe(true);
        expect(parts.summary).toEqual(whole.summary);
      }
    },
  );

  it("estimates delivered tokens of a recorded answer within a twentieth of what the provider counted", () => {
    for (const name of ["openai-chat/openai-text.chunks.txt", "groq-chat/groq-text.chunks.txt"]) {
      const { summary } = run([frame(recordedEvents(name))]);
      const counted = z.object({ completion_tokens: z.number() }).parse(summary.usage).completion_tokens;
      expect(Math.abs(summary.delivered.outputTokens - counted) / counted).toBeLessThan(0.05);
    }
  });
});

const delta = (content: string, extra = ""): string =>
  `data: {"choices":[{"index":0,"delta":{"content":"${content}"}}]${extra}}\n\n`;
const FINISH = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n`;
const USAGE = `data: {"id":"x","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n`;
const DONE = "data: [DONE]\n\n";
const text = ({ bytes }: Run): string => new TextDecoder().decode(bytes);

describe("usage in the stream", () => {
  it("G17: the usage chunk with empty choices survives when the caller asked for it", () => {
    const result = run([encode(delta("a") + FINISH + USAGE + DONE)]);
    expect(text(result)).toContain(USAGE);
    expect(result.summary.usage).toEqual({ prompt_tokens: 3, completion_tokens: 2 });
  });

  it("G29: the usage chunk that only we asked for is removed, read, and nothing else changes", () => {
    const bytes = encode(delta("a") + FINISH + USAGE + DONE);
    for (let at = 0; at < bytes.length; at += 1) {
      const result = run(inTwo(bytes, at), { choices: 1, dropUsageChunk: true });
      expect(text(result)).toBe(delta("a") + FINISH + DONE);
      expect(result.summary.usage).toEqual({ prompt_tokens: 3, completion_tokens: 2 });
    }
  });

  it("G29: usage that shares a chunk with output, and empty choices without usage, are never removed", () => {
    const shared = delta("a", ',"usage":{"prompt_tokens":3,"completion_tokens":1}');
    const filter = `data: {"choices":[],"prompt_filter_results":[]}\n\n`;
    expect(text(run([encode(filter + shared + FINISH + DONE)], { choices: 1, dropUsageChunk: true }))).toBe(
      filter + shared + FINISH + DONE,
    );
  });

  it("G13: explicit zeros are usage and null is none", () => {
    const zero = run([
      encode(delta("a", ',"usage":{"prompt_tokens":0,"completion_tokens":0}') + delta("b", ',"usage":null')),
    ]);
    expect(zero.summary.usage).toEqual({ prompt_tokens: 0, completion_tokens: 0 });
    expect(run([encode(delta("a", ',"usage":null') + DONE)]).summary.usage).toBeNull();
  });

  it("keeps the last usage and never a sum", () => {
    const running =
      delta("a", ',"usage":{"prompt_tokens":3,"completion_tokens":1}') +
      delta("b", ',"usage":{"prompt_tokens":3,"completion_tokens":2}');
    expect(run([encode(running + DONE)]).summary.usage).toEqual({ prompt_tokens: 3, completion_tokens: 2 });
  });

  it("reads usage that a provider sends under x_groq alone", () => {
    const result = run([
      encode(delta("a", ',"x_groq":{"id":"r","usage":{"prompt_tokens":1,"completion_tokens":1}}') + DONE),
    ]);
    expect(result.summary.usage).toEqual({ prompt_tokens: 1, completion_tokens: 1 });
  });

  it("adds the cost to the usage chunk and leaves its other bytes, with one data line per line", () => {
    const usage = `event: u\r\ndata: {"choices" : [],\r\ndata:  "usage" : {"prompt_tokens":3.0e0}}\r\n\r\n`;
    const seen: unknown[] = [];
    const addCost = (raw: unknown): string => {
      seen.push(raw);
      return "0.000000012";
    };
    const result = run([encode(delta("a") + usage + DONE)], { ...PLAIN, addCost });
    expect(text(result)).toBe(
      `${delta("a")}event: u\ndata: {"choices" : [],\ndata:  "usage" : {"prompt_tokens":3.0e0,"cost":"0.000000012"}}\n\n${DONE}`,
    );
    expect(seen).toEqual([{ prompt_tokens: 3 }]);
  });
});

describe("an upstream's own text", () => {
  it.each([
    ["a comment", ": SECRET\n\n", ":\n\n"],
    ["a comment of many lines", ": SECRET\n: SECRET\n\n", ":\n\n"],
    ["bare fields", "id: SECRET\nretry: 1\nevent: SECRET\n\n", ":\n\n"],
    ["an id beside an event", `id: SECRET\n${delta("b")}`, delta("b")],
    ["a comment beside an event", `: SECRET\n${delta("b")}`, delta("b")],
    ["an unknown field beside an event", `SECRET: x\n${delta("b")}`, delta("b")],
    ["an event name that is prose", `event: my SECRET\n${delta("b")}`, delta("b")],
    ["an event name beside an id", `event: chunk\nid: SECRET\n${delta("b")}`, `event: chunk\n${delta("b")}`],
    ["a byte order mark that is no first byte", `\uFEFFSECRET\n${delta("b")}`, delta("b")],
  ])("S3: does not pass, at every byte split: %s", (_, sent, passed) => {
    const bytes = encode(delta("a") + sent + DONE);
    for (let at = 0; at < bytes.length; at += 1) {
      const result = run(inTwo(bytes, at));
      expect(text(result)).toBe(delta("a") + passed + DONE);
      expect(result.summary.end).toBe("complete");
    }
  });

  it.each([
    ["a comment", ": SECRET\n\n"],
    ["an event", delta("SECRET")],
    ["another end", DONE],
    ["text that is no event", "SECRET\n\n"],
    ["a torn line", "data: SECRET"],
  ])("S3: does not pass after the end, at every byte split: %s", (_, sent) => {
    const bytes = encode(delta("a") + USAGE + DONE + sent);
    for (let at = 0; at < bytes.length; at += 1) {
      const result = run(inTwo(bytes, at));
      expect(text(result)).toBe(delta("a") + USAGE + DONE);
      expect(result.summary).toMatchObject({ end: "complete", delivered: { events: 1, textBytes: 1 } });
    }
  });

  it.each(["data: [DONE] SECRET\n\n", "data: [DONE]\ndata: SECRET\n\n", ": SECRET\ndata: [DONE]\n\n"])(
    "S3: does not pass with the end: %j",
    (sent) => expect(text(run([encode(delta("a") + sent)]))).toBe(delta("a") + DONE),
  );

  it("what follows the end is no fault of the stream, however long it is", () => {
    const result = run([encode(delta("a") + DONE + "x".repeat(1_200_000))]);
    expect(text(result)).toBe(delta("a") + DONE);
    expect(result).toMatchObject({ stopped: false, summary: { end: "complete" } });
  });

  it("blank lines and comments without words pass as they came", () => {
    const sent = `${delta("a")}\n\r\n:\r\n\r\n${delta("b")}:\n\n${DONE}`;
    expect(text(run([encode(sent)]))).toBe(sent);
  });

  it("an end with CRLF passes as it came", () => {
    expect(text(run([encode(`${delta("a")}data: [DONE]\r\n\r\n`)]))).toBe(`${delta("a")}data: [DONE]\r\n\r\n`);
  });
});

describe("streams that end badly", () => {
  it("S3, G20: an error inside the stream stops it and its text is not passed on, at every byte split", () => {
    const error = `data: {"error":{"message":"bad key sk-live-SECRET","type":"server_error","code":"sk-live-SECRET"}}\n\n`;
    const bytes = encode(delta("a") + error + delta("b"));
    for (let at = 0; at < bytes.length; at += 1) {
      const result = run(inTwo(bytes, at));
      expect(text(result)).toBe(delta("a"));
      expect(result.stopped).toBe(true);
      expect(result.summary).toMatchObject({ end: "interrupted", error: { code: null, type: "server_error" } });
      expect(JSON.stringify(result.summary)).not.toContain("SECRET");
    }
  });

  it.each([
    `{"error":"no access for SECRET","code":"forbidden"}`,
    `{"object":"error","message":"SECRET","type":"overloaded"}`,
  ])("knows the flat error shapes: %s", (json) => {
    const result = run([encode(`data: ${json}\n\n`)]);
    expect(text(result)).toBe("");
    expect(result.summary.error).not.toBeNull();
  });

  it("a null error is none", () => {
    expect(run([encode(delta("a", ',"error":null') + DONE)]).summary).toMatchObject({ error: null, end: "complete" });
  });

  it("withholds an event that was torn, so that an event of ours can follow", () => {
    const result = run([encode(`${delta("a")}data: {"choices":[{"index":0,"del`)]);
    expect(text(result)).toBe(delta("a"));
    expect(result.summary).toMatchObject({ end: "interrupted" });
    expect(result.summary.delivered.events).toBe(1);
  });

  it("takes a last event without its blank line when it is whole, and closes it", () => {
    const result = run([encode(delta("a") + FINISH + USAGE.trimEnd())]);
    expect(text(result)).toBe(delta("a") + FINISH + USAGE);
    expect(result.summary).toMatchObject({ end: "complete", usage: { prompt_tokens: 3 } });
  });

  it.each([
    ["an HTML page", "<html>\n<p>SECRET</p>\n\n</html>\n"],
    ["events that are no JSON", "data: SECRET\n\n"],
    ["JSON of another kind", 'data: {"message":"SECRET"}\n\ndata: 42\n\n'],
  ])("calls %s garbage and passes none of it", (_, body) => {
    const result = run([encode(body)]);
    expect(text(result)).toBe("");
    expect(result.summary.end).toBe("garbage");
  });

  it("calls an endless event garbage, stops, and keeps what came before", () => {
    const endless = new Uint8Array(600_000).fill(0x61);
    const result = run([encode(`${delta("a")}data: `), endless, endless, encode("\n\n")]);
    expect(text(result)).toBe(delta("a"));
    expect(result.stopped).toBe(true);
    expect(result.summary).toMatchObject({ end: "interrupted" });
    expect(run([encode("data: "), endless, endless]).summary.end).toBe("garbage");
  });

  it("an empty stream is interrupted, and one whose choices have not all finished is too", () => {
    expect(run([]).summary).toMatchObject({ end: "interrupted", usage: null });
    expect(run([encode(delta("a") + FINISH)], { choices: 2, dropUsageChunk: false }).summary.end).toBe("interrupted");
    expect(run([encode(delta("a") + FINISH)]).summary.end).toBe("complete");
  });
});

describe("counting what was delivered", () => {
  it("G9: never counts nothing where something visible was delivered", () => {
    const tap = createChatStreamTap(PLAIN);
    tap.push(encode(delta("") + delta(" ") + delta(" ")));
    expect(tap.snapshot().delivered).toMatchObject({ events: 2, textBytes: 2, outputTokens: 2 });
  });

  it("counts tool arguments, refusals, shown reasoning and content parts", () => {
    const events = [
      { tool_calls: [{ index: 0, function: { name: "find", arguments: '{"q":"é"}' } }] },
      { refusal: "No." },
      { reasoning_content: "Think first" },
      {
        content: [
          { type: "thinking", thinking: [{ type: "text", text: "hm" }] },
          { type: "text", text: "Yes" },
        ],
      },
    ].map((message) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: message }] })}\n\n`);
    const { delivered } = run([encode(events.join(""))]).summary;
    expect(delivered.toolBytes).toBe(14);
    expect(delivered.textBytes).toBe("No.Think firsthmYes".length);
    expect(delivered.reasoningTokens).toBe(2);
    expect(delivered.outputTokens).toBe(3);
  });

  it("estimates by the text where a provider sends many tokens in one event", () => {
    const words = "the quick brown fox jumps over the lazy dog ".repeat(20).trim();
    expect(run([encode(delta(words))]).summary.delivered).toMatchObject({ events: 1, outputTokens: 180 });
  });

  it("passes whole events as views of the chunk: one write for many, no copy", () => {
    const chunk = encode(delta("a") + delta("b") + delta("c"));
    const { forward } = createChatStreamTap(PLAIN).push(chunk);
    expect(forward).toHaveLength(1);
    expect(forward[0]?.buffer).toBe(chunk.buffer);
    expect(forward[0]).toEqual(chunk);
  });
});
