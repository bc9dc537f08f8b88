import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvLine } from "#usage";

describe("a line of CSV", () => {
  it.each([
    ["=1+1", "'=1+1\r\n"],
    ["+1", "'+1\r\n"],
    ["-1+1", "'-1+1\r\n"],
    ["@SUM(A1)", "'@SUM(A1)\r\n"],
    ["\t=1", `"'\t=1"\r\n`],
    ["\r=1", `"'\r=1"\r\n`],
    ['=HYPERLINK("https://evil.example","x")', `"'=HYPERLINK(""https://evil.example"",""x"")"\r\n`],
  ])("runs %j as no formula", (cell, line) => {
    expect(csvLine([cell])).toBe(line);
  });

  it("leaves amounts and plain text as they are, and nothing for null", () => {
    expect(csvLine(["0.000000001", "-0.000000001", -5, true, null, "a b", 'say "hi", twice'])).toBe(
      `0.000000001,-0.000000001,-5,true,,a b,"say ""hi"", twice"\r\n`,
    );
  });

  it("is one record of as many cells as went in, whatever they hold", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary-ascii" }), { minLength: 1, maxLength: 6 }), (cells) => {
        const read = readRecord(csvLine(cells));
        expect(read.map((cell, index) => (cell === cells[index] ? cell : cell.slice(1)))).toEqual(cells);
      }),
    );
  });
});

/** RFC 4180, of one record. */
function readRecord(line: string): string[] {
  const text = line.slice(0, -2);
  const cells: string[] = [];
  for (let at = 0; at <= text.length;) {
    const quoted = /^"((?:[^"]|"")*)"/.exec(text.slice(at));
    const plain = quoted?.[0] ?? /^[^,]*/.exec(text.slice(at))?.[0] ?? "";
    cells.push(quoted?.[1] === undefined ? plain : quoted[1].replaceAll('""', '"'));
    at += plain.length + 1;
  }
  return cells;
}
