const GAP = "  ";

/** Columns under their names, as wide as they have to be. What others named cannot steer the terminal. */
export function textTable(names: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  const cells = [names, ...rows].map((row) => row.map((cell) => printable(cell ?? "-")));
  const widths = names.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "");
