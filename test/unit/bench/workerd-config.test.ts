import { describe, expect, it } from "vitest";
import { quote, writeConfig } from "../../bench/workerd-config.ts";

const worker = {
  name: "gateway",
  modules: ["gateway/index.js", "gateway/chunk-1.js"],
  compatibilityDate: "2026-11-01",
  compatibilityFlags: ["enable_request_signal"],
  text: { KEY_PEPPERS: '{"1":"x"}' },
  objects: [{ name: "ACCOUNT", className: "Account", service: null }],
  classes: ["Account"],
};
const sockets = [{ name: "http", service: "gateway" }];

describe("workerd's configuration", () => {
  it("quotes texts, so that a secret with quotes stays one value", () => {
    expect(quote('{"1":"a\\b"}')).toBe('"{\\"1\\":\\"a\\\\b\\"}"');
    expect(() => quote("a\nb")).toThrow(RangeError);
  });

  it("keeps objects in SQLite on the given directory, and listens on loopback only", () => {
    const text = writeConfig({ services: [worker], storagePath: "/memory", sockets });
    expect(text).toContain('(className = "Account", uniqueKey = "gateway-Account", enableSql = true)');
    expect(text).toContain('disk = (path = "/memory", writable = true)');
    expect(text).toContain('address = "127.0.0.1:0"');
    expect(text).toContain('allow = ["public", "private", "local"]');
    expect(text).not.toContain("serviceName");
  });

  it("serves several modules under the names by which they import each other, the Worker first", () => {
    expect(writeConfig({ services: [worker], storagePath: "/memory", sockets })).toContain(
      'modules = [(name = "index.js", esModule = embed "gateway/index.js"), (name = "chunk-1.js", esModule = embed "gateway/chunk-1.js")]',
    );
  });

  it("binds another Worker's class by its service's name", () => {
    const objects = [{ name: "ACCOUNT", className: "Account", service: "gateway" }];
    const seed = { ...worker, name: "seed", objects, classes: [] };
    const text = writeConfig({ services: [worker, seed], storagePath: "/memory", sockets });
    expect(text).toContain('(className = "Account", serviceName = "gateway")');
  });
});
