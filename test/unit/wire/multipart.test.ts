import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editForm, encodeForm, type FormPart } from "#wire";
import { readForm } from "../../../src/wire/multipart/read-form.ts";

const boundary = "form-0123456789abcdef";
const file = (bytes: Uint8Array<ArrayBuffer>, fileName = "a.wav", contentType = "audio/wav") => ({
  bytes,
  fileName,
  contentType,
});

async function readBack(parts: readonly FormPart[]): Promise<[string, string | Uint8Array, string, string][]> {
  const { contentType, body } = encodeForm({ parts, boundary });
  const form = await new Response(body, { headers: { "content-type": contentType } }).formData();
  const read: [string, string | Uint8Array, string, string][] = [];
  for (const [name, value] of form) {
    if (typeof value === "string") read.push([name, value, "", ""]);
    else read.push([name, new Uint8Array(await value.arrayBuffer()), value.name, value.type]);
  }
  return read;
}

describe("a form written anew", () => {
  it("is read by the platform as it was, for any bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.uint8Array({ maxLength: 2_000 }), async (text, bytes) => {
        // Text without line breaks: the platform's parser reads them as it will.
        const plain = text.replaceAll(/[\r\n]/g, " ");
        const parts = [
          { name: "model", value: plain },
          { name: "file", value: file(new Uint8Array(bytes)) },
        ];
        expect(await readBack(parts)).toEqual([
          ["model", plain.toWellFormed(), "", ""],
          ["file", new Uint8Array(bytes), "file.wav", "audio/wav"],
        ]);
      }),
    );
  });

  it.each([
    ["my private talk.MP3", "audio/mpeg", "file.mp3", "audio/mpeg"],
    ['a"\r\nx-evil: 1\r\n\r\n.wav', 'audio/wav"\r\nx-evil: 1', "file.wav", "application/octet-stream"],
    ["no extension", "", "file", "application/octet-stream"],
    ["a.wav\r\nx: y", "audio/wav; codecs=1", "file", "audio/wav"],
  ])("G27: of a file called %j only an extension and a plain type go on", async (name, type, sentName, sentType) => {
    const parts = [{ name: "file", value: file(new Uint8Array([1]), name, type) }];
    expect(await readBack(parts)).toEqual([["file", new Uint8Array([1]), sentName, sentType]]);
  });

  it("holds what was set once, in its old place", () => {
    const parts = ["model", "prompt", "response_format"].map((name) => ({ name, value: name }));
    const edits = new Map([
      ["model", "whisper-1"],
      ["prompt", null],
      ["stream", "true"],
    ]);
    expect(editForm({ parts, boundary }, edits).parts).toEqual([
      { name: "model", value: "whisper-1" },
      { name: "response_format", value: "response_format" },
      { name: "stream", value: "true" },
    ]);
  });
});

describe("a form's parts", () => {
  const table = {
    model: { kind: "text", most: 1 },
    image: { kind: "file", most: 2 },
    include: { kind: "text", most: 2 },
  } as const;
  const read =
    (...parts: readonly FormPart[]) =>
    () =>
      readForm({ parts, boundary }, table);
  const image = { name: "image[]", value: file(new Uint8Array([1])) };

  it("come as lists with or without brackets", () => {
    const form = read({ name: "include[]", value: "a" }, { name: "include[1]", value: "b" }, image)();
    expect(form.texts("include")).toEqual(["a", "b"]);
    expect(form.files("image")).toHaveLength(1);
    expect(form.textBytes).toBe(2);
  });

  it.each([
    [
      "a second of one",
      [
        { name: "model", value: "a" },
        { name: "model", value: "b" },
      ],
      "came twice",
    ],
    ["more than the list holds", [image, image, image], "more than 2"],
    ["a file for a text", [{ ...image, name: "model" }], "must be a text"],
    ["a name that would end its quotes", [{ name: 'include["', value: "a" }], "not supported"],
    ["brackets around the model", [{ name: "model[]", value: "a" }], "not supported"],
    ["a name of every object", [{ name: "constructor", value: "a" }], "not supported"],
  ])("are refused: %s", (_what, parts, message) => {
    expect(read(...parts)).toThrow(new RegExp(message));
  });
});
