import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memberText, scanObject, spliceMembers } from "#wire";

function splice(text: string, edits: Record<string, string | null>): string {
  const object = scanObject(text);
  if (!object) throw new Error("not an object");
  return spliceMembers(object, new Map(Object.entries(edits)));
}

function membersOf(text: string): Map<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) throw new Error("not an object");
  return new Map(Object.entries(value));
}

/** As JSON carries it: a generated -0 comes back as 0. */
const copy = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("editing members of a JSON text", () => {
  it("changes the named members and leaves every other byte", () => {
    const text =
      '{ "model" : "a/b",\n\t"n":1.0e+0, "big": 12345678901234567890.10,"s":"\\u00e9\\/ }" , "stream_options":{"x":[1,{}]} }';
    expect(splice(text, { model: '"c"', stream_options: null, max_tokens: "7" })).toBe(
      '{ "model" : "c",\n\t"n":1.0e+0, "big": 12345678901234567890.10,"s":"\\u00e9\\/ }","max_tokens":7 }',
    );
  });

  it("returns the same text where there is nothing to edit", () => {
    const text = ' {"a" : [ 1 , {"b":"}"} ] , "c":null } ';
    expect(splice(text, {})).toBe(text);
    expect(splice(text, { absent: null })).toBe(text);
  });

  it("edits a member whose name is spelt with escapes, and every duplicate of it", () => {
    const text = '{"model":"first","mod\\u0065l":"second","x":1,"\\u006dodel":"last"}';
    expect(memberText(scanObject(text) ?? expect.fail(), "model")).toBe('"last"');
    expect(splice(text, { model: '"mine"' })).toBe('{"x":1,"\\u006dodel":"mine"}');
    expect(splice(text, { model: null })).toBe('{"x":1}');
  });

  it("keeps only the last of duplicates that nobody edits, so that an upstream reads what was priced", () => {
    expect(splice('{"n":128,"a":1,"n":1}', {})).toBe('{"a":1,"n":1}');
  });

  it("empties and fills objects", () => {
    expect(splice("{ }", { a: "1", b: "2" })).toBe('{ "a":1,"b":2}');
    expect(splice('{"a":1,"b":2}', { a: null, b: null })).toBe("{}");
    expect(splice('{ "a":1 , "b":2 }', { a: null })).toBe('{ "b":2 }');
  });

  it.each(["", "[]", "1", '{"a":1', '{"a"', '{"a":"x}', "{} x", '{"a" 1}', '{"a":1 "b":2}', "{,}", '{"a":}'])(
    "refuses %j, which is not one whole object",
    (text) => expect(scanObject(text)).toBeNull(),
  );

  it("equals JSON.parse, modify, for any object, spelling, white space and duplicates", () => {
    const names = fc.constantFrom("model", "n", "é", 'q"\\', "__proto__", "");
    const name = fc
      .tuple(names, fc.boolean())
      .map(([text, escaped]) =>
        escaped
          ? `"${Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`).join("")}"`
          : JSON.stringify(text),
      );
    const space = fc.constantFrom("", " ", "\n\t", "\r\n");
    const member = fc
      .tuple(name, fc.jsonValue(), space, space)
      .map(([key, value, a, b]) => `${a}${key}${b}:${a}${JSON.stringify(value)}${b}`);
    const edits = fc.uniqueArray(fc.tuple(names, fc.option(fc.jsonValue())), {
      selector: ([key]) => key,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.array(member, { maxLength: 6 }), edits, space, (members, changes, around) => {
        const text = `${around}{${members.join(",") || around}}${around}`;
        const object = scanObject(text) ?? expect.fail("a whole object was refused");
        const edited = spliceMembers(
          object,
          new Map(changes.map(([key, value]) => [key, value === null ? null : JSON.stringify(value)])),
        );
        const expected = membersOf(text);
        for (const [key, value] of changes) {
          if (value === null) expected.delete(key);
          else expected.set(key, value);
        }
        expect(membersOf(edited)).toEqual(new Map([...expected].map(([key, value]) => [key, copy(value)])));
      }),
      { numRuns: 500 },
    );
  });
});
