import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createApp } from "../../workers/gateway/app.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("an isolate whose configuration cannot serve", () => {
  const answerWith = async (error: Error) => {
    const lines: string[] = [];
    vi.spyOn(console, "error").mockImplementation((line: string) => void lines.push(line));
    const fail = async () => {
      throw error;
    };
    const response = await createApp(fail).request("/v1/models", {}, env);
    return { response, line: lines.join("\n"), body: await response.text() };
  };

  it("answers a JSON error with its request id, and logs the variable's name", async () => {
    const { response, line, body } = await answerWith(new Error("KEY_PEPPERS: not JSON"));
    expect(response.status).toBe(500);
    const requestId = response.headers.get("x-request-id") ?? "";
    expect(requestId).toMatch(/^gen_/);
    expect(JSON.parse(body)).toMatchObject({ error: { code: "internal_error" }, request_id: requestId });
    expect(line).toContain("KEY_PEPPERS");
    expect(line).toContain(requestId);
  });

  it("S2: logs no value, whatever the error quotes", async () => {
    const secret = "postgres://user:hunter2@db.example";
    const { line, body } = await answerWith(new TypeError(`Invalid URL: ${secret}`));
    expect(line).toContain("configuration");
    expect(line + body).not.toContain("hunter2");
  });
});
