export type CsvCell = string | number | boolean | null;

/** What a spreadsheet takes for the beginning of a formula. Source: OWASP, "CSV Injection". */
const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^-?\d+(\.\d+)?$/;
const WANTS_QUOTES = /[",\r\n\t]/;

/** One line (RFC 4180), its end included. Text that a spreadsheet would run as a formula begins with an apostrophe instead. */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(cellText).join(",")}\r\n`;
}

function cellText(cell: CsvCell): string {
  if (cell === null) return "";
  if (typeof cell !== "string") return String(cell);
  // An amount may be below zero, and is no formula.
  const text = FORMULA.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell;
  return WANTS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
