import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAwsEventSource } from "#wire";
import { awsFrame, awsFrames } from "../../support/wire/aws-frames.ts";
import { splitsOf } from "../../support/wire/replay.ts";

const EVENTS = [
  { messageStart: { role: "assistant" } },
  { contentBlockDelta: { delta: { text: "Grüße ✓" } } },
  { metadata: {} },
];

function read(chunks: readonly Uint8Array[], maxFrameBytes?: number) {
  const source = createAwsEventSource(maxFrameBytes);
  const items = [...chunks.flatMap((chunk) => source.push(chunk)), ...source.finish()];
  return { items, overflowed: source.overflowed() };
}

const named = (event: string, value: unknown) => ({
  type: "event",
  event: { event, data: JSON.stringify(value) },
  slice: null,
});
const EXPECTED = EVENTS.flatMap((event) => Object.entries(event).map(([name, value]) => named(name, value)));

describe("the AWS event stream", () => {
  it("G16: frames are read cut at every byte, byte by byte and whole", () => {
    for (const chunks of splitsOf(awsFrames(EVENTS))) {
      expect(read(chunks)).toEqual({ items: EXPECTED, overflowed: false });
    }
  });

  it("an exception bears its own name", () => {
    const frame = awsFrame("throttlingException", { message: "m" }, "exception");
    expect(read([frame]).items).toEqual([named("throttlingException", { message: "m" })]);
  });

  it("what a chunk held is copied: its buffer may be used again", () => {
    const bytes = awsFrames(EVENTS);
    const source = createAwsEventSource();
    const buffer = bytes.slice(0, 20);
    const items = [...source.push(buffer)];
    buffer.fill(0);
    items.push(...source.push(bytes.subarray(20)));
    expect(items).toEqual(EXPECTED);
  });

  it.each([
    ["its body", -6],
    ["its checksum", -1],
  ])("a frame whose checksum does not hold (%s) is foreign, and the next one is read", (_, at) => {
    const torn = awsFrame("messageStop", { stopReason: "end_turn" });
    const index = torn.length + at;
    torn[index] = (torn[index] ?? 0) ^ 1;
    const { items } = read([torn, awsFrame("metadata", {})]);
    expect(items).toEqual([{ type: "foreign" }, named("metadata", {})]);
  });

  it("a torn end is foreign", () => {
    const frame = awsFrame("metadata", {});
    expect(read([frame.subarray(0, -1)]).items).toEqual([{ type: "foreign" }]);
    expect(read([frame, frame.subarray(0, 3)]).items).toEqual([named("metadata", {}), { type: "foreign" }]);
  });

  it.each([
    ["longer than the bound", Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0)],
    ["shorter than a frame can be", Uint8Array.of(0, 0, 0, 15, 0, 0, 0, 0, 0, 0, 0, 0)],
    ["a page of text", new TextEncoder().encode("<html>Bad gateway</html>")],
  ])("a length that cannot be (%s) overflows, and nothing more is held or read", (_, bytes) => {
    const { items, overflowed } = read([awsFrame("metadata", {}), bytes, awsFrame("metadata", {})]);
    expect(items).toEqual([named("metadata", {})]);
    expect(overflowed).toBe(true);
  });

  it("a frame is read up to the bound, and not beyond it", () => {
    const frame = awsFrame("metadata", { pad: "x".repeat(100) });
    expect(read([frame], frame.length)).toMatchObject({ items: [{ type: "event" }], overflowed: false });
    expect(read([frame], frame.length - 1)).toEqual({ items: [], overflowed: true });
  });

  it("never throws, whatever comes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 6 }), (chunks) => {
        const { items } = read(chunks);
        expect(items.every(({ type }) => type === "event" || type === "foreign")).toBe(true);
      }),
    );
  });
});
