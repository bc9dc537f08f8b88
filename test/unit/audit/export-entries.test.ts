import { describe, expect, test } from "vitest";
import { exportEntries, type AuditEntry, type ExportFormat } from "#audit";
import { makeEntry, pagesOf, sealedChain } from "./chains.ts";

async function exported(entries: readonly AuditEntry[], format: ExportFormat): Promise<string> {
  const links = await sealedChain(entries);
  const pages = (async function* pages() {
    for await (const page of pagesOf(links)) {
      yield page.flatMap(({ entry, seal }) => (entry === null ? [] : [{ entry, seal }]));
    }
  })();
  let text = "";
  for await (const part of exportEntries(pages, format)) text += part;
  return text;
}

describe("JSON lines", () => {
  test("have every column and the seal, one entry a line, over all pages", async () => {
    const lines = (await exported([makeEntry(1), makeEntry(2), makeEntry(3)], "jsonl")).trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      id: makeEntry(1).id,
      occurred_at: "2025-11-30T10:53:20.000001Z",
      position: 1,
      key_version: 1,
      sealed_at: "2026-11-30T12:00:00.007000Z",
    });
  });

  test("keep numbers of money to the last digit", async () => {
    expect(await exported([makeEntry(1)], "jsonl")).toContain('"budget_limit_nano": 9007199254740993}');
  });
});

describe("CSV", () => {
  const HEAD =
    "id,seq,org_id,occurred_at,actor_kind,actor_id,action,target_id,request_id,chain,position,mac,key_version,sealed_at,details\r\n";

  test("of nothing is its head", async () => {
    expect(await exported([], "csv")).toBe(HEAD);
  });

  test("quotes what would end a cell or a line", async () => {
    const text = await exported([makeEntry(1, { requestId: 'a,"b"\nc' })], "csv");
    expect(text).toContain(',"a,""b""\nc",');
  });

  test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])(
    "defuses %j, which a spreadsheet would run",
    async (value) => {
      const text = await exported([makeEntry(1, { requestId: value, targetId: value })], "csv");
      const cell = /[\r\n]/.test(value) ? `"'${value}"` : `'${value}`;
      expect(text).toContain(`,${cell},${cell},`);
      expect(text).not.toContain(`,${value}`);
    },
  );

  test("leaves the seal's cells empty where an entry waits for it", async () => {
    async function* page() {
      yield await Promise.resolve([{ entry: makeEntry(1), seal: null }]);
    }
    let text = "";
    for await (const part of exportEntries(page(), "csv")) text += part;
    expect(text).toContain(",req_1,,,,,,");
  });
});
