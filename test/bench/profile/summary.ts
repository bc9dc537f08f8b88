import { z } from "zod";

/** A CPU profile as V8's inspector gives it (`Profiler.stop`); times are microseconds. */
export const cpuProfile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});
export type CpuProfile = z.infer<typeof cpuProfile>;

export interface SelfTime {
  readonly name: string;
  /** Of the time the process was not idle, 0 to 1. */
  readonly share: number;
}

export interface ProfileSummary {
  readonly busyMs: number;
  readonly functions: readonly SelfTime[];
  readonly files: readonly SelfTime[];
}

const IDLE = "(idle)";
const MICROSECONDS_PER_MS = 1000;

/**
 * Self time by function and by source file. `fileAt` names the source file of a line of the bundle, or null where the
 * frame is not in it: then it counts under its own name, like `(program)` (native code) and `(garbage collector)`.
 */
export function summarise(profile: CpuProfile, fileAt: (line: number) => string | null): ProfileSummary {
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const functions = new Map<string, number>();
  const files = new Map<string, number>();
  let busyUs = 0;
  for (const [index, id] of profile.samples.entries()) {
    const frame = frames.get(id);
    const elapsedUs = profile.timeDeltas[index] ?? 0;
    if (!frame || frame.functionName === IDLE) continue;
    busyUs += elapsedUs;
    const isNative = frame.functionName.startsWith("(") || frame.url === "";
    const file = isNative ? null : fileAt(frame.lineNumber);
    const name = frame.functionName === "" ? "(anonymous)" : frame.functionName;
    add(functions, file === null ? name : `${name}  ${file}`, elapsedUs);
    add(files, file ?? name, elapsedUs);
  }
  return { busyMs: busyUs / MICROSECONDS_PER_MS, functions: shares(functions, busyUs), files: shares(files, busyUs) };
}

function add(totals: Map<string, number>, name: string, elapsedUs: number): void {
  totals.set(name, (totals.get(name) ?? 0) + elapsedUs);
}

function shares(totals: ReadonlyMap<string, number>, wholeUs: number): readonly SelfTime[] {
  return [...totals]
    .map(([name, elapsedUs]) => ({ name, share: elapsedUs / wholeUs }))
    .sort((left, right) => right.share - left.share);
}

/** esbuild writes `// path` above each input of an unminified bundle: enough to name a line's file without a source map. */
export function fileFinder(bundleText: string): (line: number) => string | null {
  const starts: { readonly line: number; readonly file: string }[] = [];
  for (const [line, text] of bundleText.split("\n").entries()) {
    const file = /^\/\/ (\S+\.(?:ts|js|mjs|json))$/.exec(text)?.[1];
    if (file !== undefined) starts.push({ line, file: file.replace(/^.*node_modules\//, "") });
  }
  return (line) => starts.findLast((start) => start.line <= line)?.file ?? null;
}
