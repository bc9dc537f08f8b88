import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEventSplitter, MAX_PARTIAL_EVENT_BYTES } from "../../../src/wire/sse/split-events.ts";
import { createSliceParser } from "../../../src/wire/sse/parse-event.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

function split(chunks: readonly Uint8Array[]): string[] {
  const splitter = createEventSplitter();
  const slices = chunks.flatMap((chunk) => splitter.push(chunk));
  const rest = splitter.finish();
  return [...slices, ...(rest ? [rest.slice] : [])].map(decode);
}

function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const bounds = [0, ...at.filter((place) => place > 0 && place < bytes.length).sort((a, b) => a - b), bytes.length];
  return bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end));
}

const stream = (lineEnd: string): string =>
  [
    `: ping`,
    ``,
    `event: x`,
    `data: {"t":"żółw 🐢 \u2028 中"}`,
    ``,
    `data: a`,
    `data: b`,
    ``,
    `data: [DONE]`,
    ``,
    ``,
  ].join(lineEnd);

describe("splitting a stream into events", () => {
  it.each([
    ["LF", "\n"],
    ["CRLF", "\r\n"],
    ["CR", "\r"],
  ])("G16: gives the same slices at every byte split (%s lines)", (_, lineEnd) => {
    const bytes = encode(stream(lineEnd));
    const whole = split([bytes]);
    expect(whole).toHaveLength(4);
    expect(whole.join("")).toBe(stream(lineEnd));
    for (let at = 1; at < bytes.length; at += 1) expect(split(cut(bytes, [at]))).toEqual(whole);
    expect(split(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  it("G16: slices depend on the bytes and never on the chunking, for any mix of line ends", () => {
    const piece = fc.constantFrom("data: é🐢", "data:", "x", "\n", "\r", "\r\n", "\n\n", ": c");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.array(fc.nat(200), { maxLength: 12 }), (pieces, at) => {
        const bytes = encode(pieces.join(""));
        const slices = split(cut(bytes, at));
        expect(slices).toEqual(split([bytes]));
        expect(slices.join("")).toBe(pieces.join(""));
      }),
    );
  });

  it("parses each slice to the event that the whole stream holds, also across a byte order mark", () => {
    const bytes = encode(`\uFEFF${stream("\r\n")}`);
    for (let at = 1; at < bytes.length; at += 1) {
      const splitter = createEventSplitter();
      const parse = createSliceParser();
      const events = cut(bytes, [at])
        .flatMap((chunk) => splitter.push(chunk))
        .map(parse);
      const rest = splitter.finish();
      if (rest) events.push(parse(rest.slice));
      expect(events.flatMap((parsed) => (parsed.type === "event" ? [parsed.data] : []))).toEqual([
        `{"t":"żółw 🐢 \u2028 中"}`,
        "a\nb",
        "[DONE]",
      ]);
    }
  });

  it.each([
    ["CR", "\r"],
    ["LF", "\n"],
    ["CR then LF apart", "\n\r"],
  ])("takes time in proportion to the bytes for a chunk of nothing but line ends: %s", (_, lineEnd) => {
    const bytes = encode(lineEnd.repeat(256 * 1024));
    const startedAtMs = performance.now();
    const slices = createEventSplitter().push(bytes);
    // Some 50 ms here; a search of the rest at every line took 15 s.
    expect(performance.now() - startedAtMs).toBeLessThan(2000);
    expect(slices.length).toBeGreaterThanOrEqual(256 * 1024 - 1);
  });

  it("yields views of the chunk, not copies, where an event lies in it whole", () => {
    const chunk = encode("data: a\n\ndata: b\n\n");
    const [first, second] = createEventSplitter().push(chunk);
    expect(first?.buffer).toBe(chunk.buffer);
    expect(second?.byteOffset).toBe(9);
  });

  it("lets a partial event go once it exceeds its bound and ignores the rest", () => {
    const splitter = createEventSplitter(16);
    expect(splitter.push(encode("data: 1\n\ndata: 0123456789")).map(decode)).toEqual(["data: 1\n\n"]);
    expect(splitter.overflowed()).toBe(false);
    splitter.push(encode("x"));
    expect(splitter.overflowed()).toBe(true);
    expect(splitter.push(encode("\n\ndata: 2\n\n"))).toEqual([]);
    expect(splitter.finish()).toBeNull();
    expect(MAX_PARTIAL_EVENT_BYTES).toBe(1024 * 1024);
  });

  it.each([
    ["data: {}\n\n", "plain", undefined],
    ["event: response.output_text.delta\ndata: {}\r\n\r\n", "plain", "response.output_text.delta"],
    ["event: chunk\rdata: {\rdata: }\r\r", "plain", "chunk"],
    ["event: key sk-SECRET\ndata: {}\n\n", "mixed", undefined],
    ["event: error\nevent: Key\ndata: {}\n\n", "mixed", undefined],
    ["id: SECRET\ndata: {}\n\n", "mixed", undefined],
    [": SECRET\ndata: {}\n\n", "mixed", undefined],
    ["data: {}\nretry: 5\n\n", "mixed", undefined],
    ["data: {}\nSECRET\n\n", "mixed", undefined],
  ])("S3: knows whether %j holds more than data and a name", (text, kind, event) => {
    expect(createSliceParser()(encode(text))).toMatchObject({ type: "event", isPlain: kind === "plain", event });
  });

  it("names text that no field begins as foreign", () => {
    expect(createSliceParser()(encode("<html>down</html>\n\n"))).toEqual({ type: "foreign" });
    expect(createSliceParser()(encode(": ping\n\n"))).toEqual({ type: "quiet", isPlain: false });
    expect(createSliceParser()(encode(":\n\n"))).toEqual({ type: "quiet", isPlain: true });
  });
});
