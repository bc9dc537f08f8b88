import { describe, expect, it } from "vitest";
import { Figures } from "../../bench/figures.ts";
import { parseCpuMs, parseResidentBytes } from "../../bench/processes.ts";
import { readPerfReport } from "../../bench/profile/perf.ts";
import { fileFinder, summarise } from "../../bench/profile/summary.ts";
import { formatNumber, formatSpread, writeReport } from "../../bench/report.ts";

const figures = new Figures();
for (const [round, slow] of [1, 10, 1].entries()) {
  figures.add("added_p50_ms", "minimal+parse", 0.3 * slow);
  figures.add("added_p50_ms", "gateway strict", 0.9 * slow);
  figures.add("requests_per_second", "minimal+parse", 8000 / slow);
  figures.add("requests_per_second", "gateway strict", (3200 + round) / slow);
}

describe("the bench's report", () => {
  it("prints ratios before figures, round by round, and says which targets are missed", () => {
    const lines = writeReport(figures, new Map());
    const latency = lines.find((line) => line.includes("added p50 at 1, gateway strict / minimal+parse"));
    expect(latency).toMatch(/3\.00 \(3\.00–3\.00\) +≤ 2 {2}MISSED$/);
    const requests = lines.find((line) => line.includes("requests/s at 64, strict / minimal+parse"));
    expect(requests).toMatch(/0\.400 \(0\.400–0\.400\) +≥ 0\.35 {2}met$/);
    expect(lines.findIndex((line) => line.includes(" / "))).toBeLessThan(
      lines.indexOf("Figures (median, min–max over rounds)"),
    );
  });

  it("leaves out what was not measured instead of inventing it", () => {
    const text = writeReport(figures, new Map()).join("\n");
    expect(text).not.toContain("gateway disk");
    expect(text).not.toContain("burst");
    expect(text).not.toContain("bundle");
  });

  it("tells what an isolate starts with from what calls load later", () => {
    const gateway = { path: "", modules: [], rawBytes: 400_000, gzipBytes: 140_000, laterGzipBytes: 120_000 };
    const lines = writeReport(new Figures(), new Map([["gateway", gateway]]));
    expect(lines.find((line) => line.includes("start"))).toMatch(/140\.0 kB .*≤ 150\.0 kB {2}met$/);
    expect(lines.find((line) => line.includes("later"))).toMatch(/120\.0 kB .*≤ 110\.0 kB {2}MISSED$/);
  });

  it("shows three significant figures", () => {
    expect([8123.4, 85.16, 3.145, 0.29911].map(formatNumber)).toEqual(["8123", "85.2", "3.15", "0.299"]);
    expect(formatSpread({ median: 2, min: 1, max: 30 })).toBe("2.00 (1.00–30.0)");
  });
});

describe("a process's own accounts", () => {
  it("gives CPU time in ms, whatever the process is called", () => {
    const fields = ["S", ...Array.from({ length: 10 }, () => "0"), "120", "30", "0", "0"].join(" ");
    expect(parseCpuMs(`4242 (work er) d) ${fields}`)).toBe(1500);
    expect(() => parseCpuMs("nonsense")).toThrow();
  });

  it("gives resident memory in bytes", () => {
    expect(parseResidentBytes("Name:\tworkerd\nVmRSS:\t  2048 kB\n")).toBe(2_097_152);
  });
});

describe("a profile", () => {
  const bundle = ["// src/admission/admit.ts", "function admit() {}", "// node_modules/hono/dist/hono.js", "x()"].join(
    "\n",
  );

  it("names the source file of a bundle's line", () => {
    const fileAt = fileFinder(bundle);
    expect([0, 1, 3].map(fileAt)).toEqual(["src/admission/admit.ts", "src/admission/admit.ts", "hono/dist/hono.js"]);
    expect(fileFinder("no comment")(0)).toBeNull();
  });

  it("shares the busy time out and does not count idleness", () => {
    const frame = (functionName: string, lineNumber: number, url = "worker.js") => ({ functionName, url, lineNumber });
    const nodes = [
      { id: 1, callFrame: frame("admit", 1) },
      { id: 2, callFrame: frame("(idle)", -1, "") },
      { id: 3, callFrame: frame("(program)", -1, "") },
    ];
    const profile = { nodes, samples: [1, 2, 1, 3], timeDeltas: [300, 9000, 300, 200] };
    const summary = summarise(profile, fileFinder(bundle));
    expect(summary.busyMs).toBe(0.8);
    expect(summary.files).toEqual([
      { name: "src/admission/admit.ts", share: 0.75 },
      { name: "(program)", share: 0.25 },
    ]);
  });

  it("sums perf's symbols by part of the process", () => {
    const report = [
      "# comment",
      "    12.50%  [.] sqlite3VdbeExec",
      "     2.50%  [.] sqlite3_step",
      "    40.00%  [k] tcp_ack",
    ];
    expect(readPerfReport(report.join("\n")).parts).toEqual([
      { name: "kernel", percent: 40 },
      { name: "SQLite", percent: 15 },
    ]);
  });
});
