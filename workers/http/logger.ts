import type { LogField } from "#privacy";

export type LogLevel = "info" | "warn" | "error";

/** Only fields of the data map can be logged: a new one is a type error until the map classifies it (trap S27). */
export type LogEntry = Readonly<Partial<Record<LogField, string | number | boolean | null>>>;

export type Logger = (level: LogLevel, entry: LogEntry) => void;

/** One JSON line per entry. Entries hold ids, codes and numbers; content, keys and upstream text have no field to go into. */
export const consoleLogger: Logger = (level, entry) => {
  // oxlint-disable-next-line no-console -- the one place that writes the log
  console[level](JSON.stringify({ level, ...entry }));
};
