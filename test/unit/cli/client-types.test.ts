import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { clientTypes } from "../../../dev/client/client-types.ts";
import { typeOf, schema } from "../../../dev/client/schema-type.ts";

describe("the type of a schema", () => {
  test.each([
    [{ type: "string", format: "email" }, "string"],
    [{ type: ["integer", "null"] }, "number | null"],
    [{ type: "string", enum: ["a", "b"] }, '"a" | "b"'],
    [{ const: true }, "true"],
    [{ type: ["array", "null"], items: { type: "string", enum: ["a", "b"] } }, '("a" | "b")[] | null'],
    [{ anyOf: [{ type: "string" }, { type: "null" }] }, "string | null"],
    [
      { allOf: [{ $ref: "#/components/schemas/A" }, { type: ["string", "null"] }] },
      'components["schemas"]["A"] & (string | null)',
    ],
    [{ type: "object", additionalProperties: { type: "number" } }, "Record<string, number>"],
    [{ type: "object", additionalProperties: false }, "Record<string, never>"],
    [{}, "unknown"],
    [
      { type: "object", properties: { a: { type: "string" }, "b-c": { type: "boolean" } }, required: ["a"] },
      '{\n  a: string;\n  "b-c"?: boolean;\n}',
    ],
  ])("%j is %s", (node, type) => {
    expect(typeOf(schema.parse(node), "")).toBe(type);
  });

  test("of what it does not know is not made up", () => {
    expect(() => schema.parse({ type: "object", patternProperties: {} })).toThrow("patternProperties");
    expect(() => schema.parse({ type: "date" })).toThrow();
    expect(() => typeOf(schema.parse({ $ref: "#/paths/x" }), "")).toThrow("no schema");
  });
});

test("the client has every operation of the document", () => {
  const text = readFileSync(new URL("../../../docs/openapi.json", import.meta.url), "utf8");
  const types = clientTypes(JSON.parse(text));
  const ids = [...text.matchAll(/"operationId": "(\w+)"/g)].map(([, id]) => id);
  expect(ids.length).toBeGreaterThan(40);
  for (const id of ids) expect(types).toContain(`/** ${id}: `);
});
