import type { Bundle } from "./bundle.ts";
import { MEASURES, type Figures, type Measure } from "./figures.ts";
import { TARGET_NAMES, type TargetName } from "./options.ts";
import { TRANSLATION_NAMES } from "./translations.ts";
import { ratioSpread, spread, type Spread } from "./statistics.ts";

/** A ratio that design BENCH section 2 sets a target for, or that explains one. */
interface Ratio {
  readonly label: string;
  readonly measure: Measure;
  readonly target: TargetName;
  /** Null: the figure is a ratio already. */
  readonly reference: TargetName | null;
  readonly goal: { readonly limit: number; readonly better: "lower" | "higher" } | null;
}

const atMost = (limit: number) => ({ limit, better: "lower" }) as const;
const atLeast = (limit: number) => ({ limit, better: "higher" }) as const;

const RATIOS: readonly Ratio[] = [
  ratio("added p50 at 1, gateway / minimal", "added_p50_ms", "gateway", "minimal", atMost(1.25)),
  ratio("requests/s at 64, gateway / minimal", "requests_per_second", "gateway", "minimal", atLeast(0.75)),
  ratio("added p50 at 1, gateway / minimal+parse", "added_p50_ms", "gateway", "minimal+parse", null),
  ratio("requests/s at 64, gateway / minimal+parse", "requests_per_second", "gateway", "minimal+parse", null),
  ratio("added p50 at 1, gateway strict / minimal+parse", "added_p50_ms", "gateway strict", "minimal+parse", atMost(2)),
  ratio(
    "requests/s at 64, strict / minimal+parse",
    "requests_per_second",
    "gateway strict",
    "minimal+parse",
    atLeast(0.35),
  ),
  ratio("added p50 at 1, strict disk / minimal+parse", "added_p50_ms", "gateway strict disk", "minimal+parse", null),
  ratio(
    "requests/s at 64, strict disk / minimal+parse",
    "requests_per_second",
    "gateway strict disk",
    "minimal+parse",
    null,
  ),
  ratio("raw p99 / p50 at 1, gateway", "p99_over_p50", "gateway", null, atMost(10)),
  ratio("first chunk at 64 streams, gateway / minimal", "first_chunk_p50_ms", "gateway", "minimal", atMost(2)),
  ratio("CPU per chunk at 256 streams, gateway / minimal", "cpu_per_chunk_us", "gateway", "minimal", atMost(2.5)),
  ratio("burst chunks/s, gateway / minimal", "burst_chunks_per_second", "gateway", "minimal", null),
  ratio("added p50 at 1, gateway / minimal+object", "added_p50_ms", "gateway", "minimal+object", null),
  ratio("requests/s at 64, gateway / minimal+object", "requests_per_second", "gateway", "minimal+object", null),
  ratio("added p50 at 1, minimal+object / minimal", "added_p50_ms", "minimal+object", "minimal", null),
  ratio("added p50 at 1, minimal+parse / minimal", "added_p50_ms", "minimal+parse", "minimal", null),
  ratio("requests/s at 64, minimal+parse / minimal", "requests_per_second", "minimal+parse", "minimal", null),
  ...TRANSLATION_NAMES.map((name) =>
    ratio(`CPU per chunk, ${name} / gateway`, "cpu_per_chunk_us", name, "gateway", null),
  ),
  ...TRANSLATION_NAMES.map((name) =>
    ratio(`burst chunks/s, ${name} / gateway`, "burst_chunks_per_second", name, "gateway", null),
  ),
  ratio("CPU per chunk, gateway / gateway before", "cpu_per_chunk_us", "gateway", "gateway before", null),
  ratio("burst chunks/s, gateway / gateway before", "burst_chunks_per_second", "gateway", "gateway before", null),
  ratio("first chunk at 64 streams, gateway / before", "first_chunk_p50_ms", "gateway", "gateway before", null),
  ratio("added p50 at 1, gateway / gateway before", "added_p50_ms", "gateway", "gateway before", null),
  ratio("requests/s at 64, gateway / gateway before", "requests_per_second", "gateway", "gateway before", null),
];

function ratio(
  label: string,
  measure: Measure,
  target: TargetName,
  reference: TargetName | null,
  goal: Ratio["goal"],
): Ratio {
  return { label, measure, target, reference, goal };
}

/** The catalogue included; `npm run size` bounds the parts, and fails. */
const START_GZIP_MAX_BYTES = 150_000;
const LATER_GZIP_MAX_BYTES = 110_000;
const LABEL_WIDTH = 50;
const COLUMN_WIDTH = 24;

const MEASURE_TITLES: Record<Measure, string> = {
  added_p50_ms: "added latency p50 at 1, ms",
  p50_ms: "raw latency p50 at 1, ms",
  p99_ms: "raw latency p99 at 1, ms",
  p99_over_p50: "raw p99 / p50 at 1",
  requests_per_second: "requests/s at 64",
  first_chunk_p50_ms: "first chunk p50 at 64 streams, ms",
  first_chunk_p99_ms: "first chunk p99 at 64 streams, ms",
  cpu_per_chunk_us: "CPU per chunk at 256 streams, µs",
  burst_chunks_per_second: "burst chunks/s, 16 streams",
};

/** The report as lines: ratios first (median and min–max over rounds), then every figure, then bundle sizes. */
export function writeReport(figures: Figures, bundles: ReadonlyMap<TargetName, Bundle>): readonly string[] {
  return [
    "Ratios (median, min–max over rounds)",
    ...RATIOS.flatMap((row) => ratioLine(figures, row)),
    ...bundleLines(bundles),
    "",
    "Figures (median, min–max over rounds)",
    ...MEASURES.flatMap((measure) => figureLines(figures, measure)),
  ];
}

function ratioLine(figures: Figures, row: Ratio): readonly string[] {
  const values = figures.of(row.measure, row.target);
  if (values.length === 0) return [];
  const references = row.reference === null ? values.map(() => 1) : figures.of(row.measure, row.reference);
  if (references.length === 0) return [];
  const result = ratioSpread(values, references);
  return [
    `  ${row.label.padEnd(LABEL_WIDTH)} ${formatSpread(result).padEnd(COLUMN_WIDTH)}${goalText(result, row.goal)}`,
  ];
}

function goalText(result: Spread, goal: Ratio["goal"]): string {
  if (goal === null) return "";
  const met = goal.better === "lower" ? result.median <= goal.limit : result.median >= goal.limit;
  return `${goal.better === "lower" ? "≤" : "≥"} ${goal.limit}  ${met ? "met" : "MISSED"}`;
}

function bundleLines(bundles: ReadonlyMap<TargetName, Bundle>): readonly string[] {
  const bundle = bundles.get("gateway");
  if (!bundle) return [];
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
  const line = (label: string, size: string, bytes: number, limit: number): string =>
    `  ${label.padEnd(LABEL_WIDTH)} ${size.padEnd(COLUMN_WIDTH)}≤ ${kilobytes(limit)}  ${bytes <= limit ? "met" : "MISSED"}`;
  const { gzipBytes, rawBytes, laterGzipBytes } = bundle;
  return [
    line(
      "gateway at an isolate's start, gzip",
      `${kilobytes(gzipBytes)} (raw ${kilobytes(rawBytes)})`,
      gzipBytes,
      START_GZIP_MAX_BYTES,
    ),
    line("gateway, what calls load later, gzip", kilobytes(laterGzipBytes), laterGzipBytes, LATER_GZIP_MAX_BYTES),
  ];
}

function figureLines(figures: Figures, measure: Measure): readonly string[] {
  const rows = TARGET_NAMES.flatMap((target) => {
    const values = figures.of(measure, target);
    return values.length === 0 ? [] : [`    ${target.padEnd(LABEL_WIDTH - 2)} ${formatSpread(spread(values))}`];
  });
  return rows.length === 0 ? [] : [`  ${MEASURE_TITLES[measure]}`, ...rows];
}

export function formatSpread({ median, min, max }: Spread): string {
  return `${formatNumber(median)} (${formatNumber(min)}–${formatNumber(max)})`;
}

/** Three figures that mean something: whole numbers from a hundred up, two decimals below ten, three below one. */
export function formatNumber(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 100) return Math.round(value).toString();
  if (magnitude >= 10) return value.toFixed(1);
  return value.toFixed(magnitude >= 1 ? 2 : 3);
}
