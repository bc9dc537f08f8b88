import { describe, expect, test } from "vitest";
import { nanoUsd } from "#kernel";
import type { StoredReceipt } from "#store";
import { EXPORT_PAGE_ROWS, receiptsFile } from "../../../workers/console/api/operations/usage/receipts-file.ts";
import { testId } from "../../support/receipts.ts";

const AT_MS = Date.UTC(2026, 10, 22, 12);

const receipt = (parts: Partial<StoredReceipt> = {}): StoredReceipt => ({
  id: testId("generation", AT_MS),
  key_id: "key_01jd2v5f9gfq2t0000000000aa",
  key_name: "Engine",
  member_id: null,
  tags: ["search", "night"],
  mode: "live",
  operation: "chat.completions",
  streamed: true,
  model: "openai/gpt-5",
  provider: "openai",
  endpoint: "openai/gpt-5",
  status: 200,
  outcome: "completed",
  error_code: null,
  kind: "measured",
  units: { input: 10, cached_read: 5, output: 3, reasoning: 2 },
  price_version: "2026-11-20.ab12cd",
  held_nano: nanoUsd(2_000n),
  cost_nano: nanoUsd(1_500n),
  upstream_nano: nanoUsd(1_000n),
  attempts: [],
  first_byte_ms: 40,
  duration_ms: 90,
  flags: ["late"],
  guardrails: null,
  corrections: 1,
  ...parts,
});

const page = (rows: number): StoredReceipt[] => {
  const one = receipt();
  return Array.from({ length: rows }, () => one);
};

/** Gives these pages in turn; a fault where there is an error in their place. */
function source(pages: readonly (readonly StoredReceipt[] | Error)[]) {
  const asked: (string | null)[] = [];
  const faults: string[] = [];
  return {
    asked,
    faults,
    readPage: (before: string | null) => {
      const next = pages[asked.length] ?? [];
      asked.push(before);
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
    onFault: () => void faults.push("cut off"),
  };
}

const linesOf = async (file: ReadableStream<Uint8Array>): Promise<string[]> =>
  (await new Response(file).text()).split("\r\n").slice(0, -1);

describe("a file of receipts", () => {
  test("has a line for each, of what it was and cost", async () => {
    const one = receipt({ key_name: "=1+1", model: "a,b" });
    const [head = "", line = "", ...rest] = await linesOf(await receiptsFile(source([[one]])));
    expect(rest).toEqual([]);
    expect(head.split(",")).toHaveLength(29);
    expect(line).toBe(
      `${one.id},2026-11-22T12:00:00.000Z,${one.key_id},'=1+1,,search night,live,chat.completions,true,"a,b",openai,` +
        `openai/gpt-5,200,completed,,measured,15,5,5,2,` +
        `"{""input"":10,""cached_read"":5,""output"":3,""reasoning"":2}",` +
        `0.000001500,0.000001000,0.000002000,40,90,late,1,2026-11-20.ab12cd`,
    );
  });

  test("of nothing has its head", async () => {
    expect(await linesOf(await receiptsFile(source([[]])))).toHaveLength(1);
  });

  test("goes on after a full page from its last, and ends with one that is not full", async () => {
    const last = receipt();
    const pages = source([[...page(EXPORT_PAGE_ROWS - 1), last], page(2)]);
    expect(await linesOf(await receiptsFile(pages))).toHaveLength(1 + EXPORT_PAGE_ROWS + 2);
    expect(pages.asked).toEqual([null, last.id]);
  });

  test("whose length is that of whole pages ends without a word of being cut off", async () => {
    const lines = await linesOf(await receiptsFile(source([page(EXPORT_PAGE_ROWS), []])));
    expect(lines).toHaveLength(1 + EXPORT_PAGE_ROWS);
    expect(lines.at(-1)).not.toContain("incomplete");
  });

  test("that cannot be begun is refused as anything else is", async () => {
    const pages = source([new Error("away")]);
    await expect(receiptsFile(pages)).rejects.toThrow("away");
    expect(pages.faults).toEqual([]);
  });

  test("that cannot be read to its end says so in a last line as wide as the others, and nothing of why", async () => {
    const pages = source([page(EXPORT_PAGE_ROWS), new Error("secret")]);
    const lines = await linesOf(await receiptsFile(pages));
    expect(lines).toHaveLength(1 + EXPORT_PAGE_ROWS + 1);
    expect(lines.at(-1)).toBe(
      `incomplete,The file could not be read to its end: ask again (${EXPORT_PAGE_ROWS} receipts).${",".repeat(27)}`,
    );
    expect(pages.faults).toEqual(["cut off"]);
  });

  test("asks for no page before the one before was taken, and for none when its reader has left", async () => {
    const pages = source(Array.from({ length: 9 }, () => page(EXPORT_PAGE_ROWS)));
    const reader = (await receiptsFile(pages)).getReader();
    await reader.read();
    await reader.read();
    // One is made ready while the last is looked at.
    expect(pages.asked.length).toBeLessThanOrEqual(3);
    await reader.cancel();
    expect(pages.asked.length).toBeLessThanOrEqual(3);
  });

  test("ends at its bound, and says that there is more", async () => {
    const pages = source([page(EXPORT_PAGE_ROWS), page(EXPORT_PAGE_ROWS), page(1)]);
    const lines = await linesOf(await receiptsFile(pages, 2 * EXPORT_PAGE_ROWS));
    expect(pages.asked).toHaveLength(2);
    expect(lines).toHaveLength(1 + 2 * EXPORT_PAGE_ROWS + 1);
    expect(lines.at(-1)).toMatch(/^incomplete,The file has no more rows than this: .* \(2000 receipts\)\.,/);
  });
});
