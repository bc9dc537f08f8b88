import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError, ERRORS } from "#kernel";
import { errorsDocument } from "../../../dev/docs/errors.ts";

const document = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");

describe("an AppError", () => {
  it("takes its message from the table and fills it with what it is given", () => {
    const error = new AppError("scope_denied", { params: { scope: "chat" } });
    expect(error.message).toBe("This API key lacks the scope 'chat'.");
    expect([error.code, error.param, error.retryAfterMs]).toEqual(["scope_denied", null, null]);
  });

  it("G27: never carries control, format or line-separator characters of a caller's text into its message", () => {
    const error = new AppError("model_not_found", {
      params: { model: "gpt\r\nSet-Cookie: a=b\u0000\u2028\u202E\u200B", suggestion: "" },
    });
    expect(error.message).toBe("The model 'gptSet-Cookie: a=b' does not exist.");
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (model) => {
        const { message } = new AppError("model_not_found", { params: { model, suggestion: "" } });
        expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it("bounds what it echoes", () => {
    const { message } = new AppError("model_not_found", { params: { model: "x".repeat(1_000_000), suggestion: "" } });
    expect(message.length).toBeLessThan(256);
  });

  it("does not fill a value into a value", () => {
    const { message } = new AppError("model_not_found", { params: { model: "{suggestion}", suggestion: "secret" } });
    expect(message).toBe("The model '{suggestion}' does not exist.secret");
  });

  it("leaves no placeholder behind when a value is missing", () => {
    expect(new AppError("scope_denied").message).toBe("This API key lacks the scope ''.");
  });
});

describe("the error table", () => {
  const rows = Object.entries(ERRORS);

  it("retries nothing that a retry cannot change", () => {
    for (const [code, { status, retry }] of rows) {
      if ([400, 401, 402, 403, 404, 405, 413, 415].includes(status)) expect(retry, code).toBe(false);
      if ([429, 504].includes(status)) expect(retry, code).toBe(true);
    }
  });

  it("gives statuses of money 402, of limits 429, and of our faults 5xx", () => {
    for (const [code, { status, type }] of rows) {
      if (type === "insufficient_quota") expect(status, code).toBe(402);
      if (type === "rate_limit_error") expect(status, code).toBe(429);
      if (type === "api_error") expect(status, code).toBeGreaterThanOrEqual(500);
      else expect(status, code).toBeLessThan(500);
    }
  });
});

describe("docs/errors.md", () => {
  it("is current: node dev/docs/errors.ts writes it", () => {
    expect(document).toBe(errorsDocument(ERRORS));
  });

  it("has a row for every code, with no cell broken by a pipe", () => {
    for (const code of Object.keys(ERRORS)) {
      const row = document.split("\n").find((line) => line.startsWith(`| \`${code}\``));
      expect(row?.match(/(?<!\\)\|/g), code).toHaveLength(7);
    }
  });
});
