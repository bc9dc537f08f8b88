import { formatUsd } from "#kernel";
import { INPUT_UNITS, OUTPUT_UNITS, totalOf } from "#metering";
import type { StoredReceipt } from "#store";
import { csvLine, type CsvCell } from "#usage";
import { createdAt } from "./receipt.ts";

/** A page is what is in memory at a time: some 600 kB of JSON. */
export const EXPORT_PAGE_ROWS = 1_000;
/** 500 statements: half of what one request may ask of others. */
const EXPORT_ROWS_MAX = 500_000;

const COLUMNS = {
  id: ({ id }) => id,
  created_at: createdAt,
  key_id: ({ key_id: key }) => key,
  key_name: ({ key_name: name }) => name,
  member_id: ({ member_id: member }) => member,
  tags: ({ tags }) => tags.join(" "),
  mode: ({ mode }) => mode,
  operation: ({ operation }) => operation,
  streamed: ({ streamed }) => streamed,
  model: ({ model }) => model,
  provider: ({ provider }) => provider,
  endpoint: ({ endpoint }) => endpoint,
  status: ({ status }) => status,
  outcome: ({ outcome }) => outcome,
  error_code: ({ error_code: code }) => code,
  kind: ({ kind }) => kind,
  input_tokens: ({ units }) => totalOf(units, INPUT_UNITS),
  cached_tokens: ({ units }) => totalOf(units, ["cached_read", "audio_cached_read"]),
  output_tokens: ({ units }) => totalOf(units, OUTPUT_UNITS),
  reasoning_tokens: ({ units }) => totalOf(units, ["reasoning"]),
  units: ({ units }) => JSON.stringify(units),
  cost_usd: ({ cost_nano: cost }) => formatUsd(cost),
  upstream_cost_usd: ({ upstream_nano: cost }) => formatUsd(cost),
  held_usd: ({ held_nano: held }) => formatUsd(held),
  first_byte_ms: ({ first_byte_ms: firstByte }) => firstByte,
  duration_ms: ({ duration_ms: duration }) => duration,
  flags: ({ flags }) => flags.join(" "),
  corrections: ({ corrections }) => corrections,
  price_version: ({ price_version: version }) => version,
} as const satisfies Record<string, (receipt: StoredReceipt) => CsvCell>;

const NAMES = Object.keys(COLUMNS);
const READERS: readonly ((receipt: StoredReceipt) => CsvCell)[] = Object.values(COLUMNS);

export interface ReceiptsSource {
  /** The receipts after `before` in the file's order; fewer than `limit` are the last. */
  readonly readPage: (before: string | null, limit: number) => Promise<readonly StoredReceipt[]>;
  /** Told when a page could not be read after the file had begun. */
  readonly onFault: () => void;
}

/**
 * The file, page by page as it is read: none is asked for before there is room for it, and none after the reader has left.
 * Rejects where the first page cannot be read. A later fault, and the bound on rows, end the file with a line that says so.
 */
export async function receiptsFile(
  { readPage, onFault }: ReceiptsSource,
  rowsMax = EXPORT_ROWS_MAX,
): Promise<ReadableStream<Uint8Array>> {
  const encoder = new TextEncoder();
  let page = await readPage(null, EXPORT_PAGE_ROWS);
  let written = 0;
  let text = csvLine(NAMES);
  return new ReadableStream({
    async pull(controller) {
      try {
        if (written > 0) page = await readPage(page.at(-1)?.id ?? null, EXPORT_PAGE_ROWS);
      } catch {
        onFault();
        controller.enqueue(encoder.encode(incompleteLine("could not be read to its end: ask again", written)));
        controller.close();
        return;
      }
      written += page.length;
      for (const receipt of page) text += csvLine(READERS.map((read) => read(receipt)));
      const isLast = page.length < EXPORT_PAGE_ROWS;
      if (!isLast && written >= rowsMax)
        text += incompleteLine("has no more rows than this: ask for the rest with a smaller 'to'", written);
      controller.enqueue(encoder.encode(text));
      text = "";
      if (isLast || written >= rowsMax) controller.close();
    },
  });
}

/** As wide as every other line, so that whatever reads the file can read this one. */
function incompleteLine(reason: string, written: number): string {
  const cells: CsvCell[] = NAMES.map(() => null);
  cells[0] = "incomplete";
  cells[1] = `The file ${reason} (${written} receipts).`;
  return csvLine(cells);
}
