import { describe, expect, it } from "vitest";
import { HttpMessageReader } from "../../bench/http-message.ts";
import { jsonAnswer, streamAnswer } from "../../bench/upstream-answers.ts";

const stream = streamAnswer();
const messages = {
  "a counted body": jsonAnswer(),
  "a chunked body": Buffer.concat([stream.start, stream.content, stream.content, stream.finish, stream.end]),
  "an empty body": Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
  "an empty chunked body": Buffer.from("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
};

const readAll = (reader: HttpMessageReader, parts: readonly Buffer[]) => {
  const body: Buffer[] = [];
  const done = parts.map((part) => reader.feed(part, (piece) => body.push(piece)));
  return { done, head: reader.head, body: Buffer.concat(body).toString() };
};

describe("the bench's reader of HTTP messages", () => {
  for (const [name, message] of Object.entries(messages)) {
    it(`ends ${name} at its last byte, at every split and byte by byte`, () => {
      const whole = readAll(new HttpMessageReader(), [message]);
      expect(whole.done).toEqual([true]);
      for (let at = 1; at < message.length; at += 1) {
        const split = readAll(new HttpMessageReader(), [message.subarray(0, at), message.subarray(at)]);
        expect(split).toEqual({ ...whole, done: [false, true] });
      }
      const bytes = Array.from(message, (_, index) => message.subarray(index, index + 1));
      expect(readAll(new HttpMessageReader(), bytes).done.indexOf(true)).toBe(message.length - 1);
    });
  }

  it("starts afresh after each message", () => {
    const reader = new HttpMessageReader();
    for (const message of Object.values(messages)) expect(readAll(reader, [message]).done).toEqual([true]);
  });

  it("refuses bytes past the end, which would be the answer to nobody", () => {
    const answer = jsonAnswer();
    expect(() => readAll(new HttpMessageReader(), [Buffer.concat([answer, answer])])).toThrow("before the answer");
  });

  it("refuses a head without an end", () => {
    expect(() => readAll(new HttpMessageReader(), [Buffer.alloc(20_000, "x")])).toThrow("too long");
  });
});
