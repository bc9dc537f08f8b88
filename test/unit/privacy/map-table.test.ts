import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { describe, expect, test } from "vitest";
import { createDataMap, dataMapHash, LOG_FIELDS, logLine, type FieldRule } from "#privacy";
import { dataMap, mapTable } from "#store";

const sample = pgTable("sample", { id: text("id"), shoeSize: integer("shoe_size") });
const rule: FieldRule = {
  category: "account",
  origin: "provided",
  purposes: ["authentication"],
  basis: "contract",
  recipients: ["neon"],
  clause: "2a",
  export: true,
  erase: "delete",
};
const about = { subjects: ["member"], ownedVia: "nobody", retention: "account" } as const;

describe("mapTable", () => {
  test("takes every column by its name in the database", () => {
    const mapped = mapTable(sample, { ...about, fields: { id: rule, shoe_size: rule } });
    expect(mapped).toMatchObject({ kind: "table", name: "sample" });
    expect(Object.keys(mapped.fields)).toEqual(["id", "shoe_size"]);
  });

  test("S26: an omitted column, an invented one and an unknown word do not compile", () => {
    // @ts-expect-error -- shoe_size is missing
    mapTable(sample, { ...about, fields: { id: rule } });
    // @ts-expect-error -- the table has no such column
    mapTable(sample, { ...about, fields: { id: rule, shoe_size: rule, hat_size: rule } });
    // @ts-expect-error -- the policy knows no such purpose
    mapTable(sample, { ...about, fields: { id: rule, shoe_size: { ...rule, purposes: ["curiosity"] } } });
    // @ts-expect-error -- a purpose must be named
    mapTable(sample, { ...about, fields: { id: rule, shoe_size: { ...rule, purposes: [] } } });
    expect(true).toBe(true);
  });
});

describe("the data map", () => {
  test("is refused when it declares a name twice", () => {
    const mapped = mapTable(sample, { ...about, fields: { id: rule, shoe_size: rule } });
    expect(() => createDataMap([mapped, mapped], [])).toThrow("'table sample' twice");
  });

  test("its hash changes with any rule, and not with the order of lines", async () => {
    const hashOf = (fields: Record<"id" | "shoe_size", FieldRule>) =>
      dataMapHash(createDataMap([mapTable(sample, { ...about, fields })], []));
    const hash = await hashOf({ id: rule, shoe_size: rule });
    expect(await hashOf({ shoe_size: rule, id: rule })).toBe(hash);
    expect(await hashOf({ id: rule, shoe_size: { ...rule, export: false } })).not.toBe(hash);
    expect(await dataMapHash(dataMap)).toMatch(/^[0-9a-f]{64}$/);
  });

  test("hashes of keys are exported nowhere", () => {
    const hashes = dataMap.holdings.flatMap(({ fields }) =>
      Object.entries(fields).filter(([name]) => name === "key_hash" || name === "hash"),
    );
    expect(hashes.length).toBeGreaterThan(3);
    expect(hashes.filter(([, field]) => field.export)).toEqual([]);
  });

  test("content leaves to model providers only", () => {
    const withContent = dataMap.egress.filter(({ categories }) => categories.includes("content"));
    expect(new Set(withContent.map(({ recipient }) => recipient))).toEqual(new Set(["model_provider"]));
  });
});

describe("logLine", () => {
  test("S27: only mapped fields pass, whatever the object holds", () => {
    const smuggled = { message: "request", status: 200, prompt: "my secret", headers: { authorization: "x" } };
    expect(JSON.parse(logLine(smuggled))).toEqual({ message: "request", status: 200 });
    expect(LOG_FIELDS.has("prompt")).toBe(false);
  });

  test("S27: a field that is not mapped does not compile", () => {
    // @ts-expect-error -- the map has no such log field
    expect(logLine({ message: "request", prompt: "my secret" })).toBe('{"message":"request"}');
  });

  test("S1: attempts and units are rebuilt from what they may hold, and texts are cut", () => {
    const attempt = { endpoint: "e", provider: "p", status: 500, code: null, duration_ms: 1, body: "upstream text" };
    const units: Record<string, number> = { input: 3 };
    Reflect.set(units, "note", "text");
    const line = { message: "m".repeat(1_000), attempts: [attempt], units };
    expect(JSON.parse(logLine(line))).toEqual({
      message: "m".repeat(256),
      attempts: [{ endpoint: "e", provider: "p", status: 500, code: null, duration_ms: 1 }],
      units: { input: 3 },
    });
  });
});
