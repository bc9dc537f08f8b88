import { logLine, type LogLine } from "#privacy";

export type LogLevel = "info" | "warn" | "error";

/** Only fields of the data map can be logged: a new one is a type error until the map classifies it. */
export type Logger = (level: LogLevel, line: Omit<LogLine, "level" | "time">) => void;

/** One JSON line per entry. Entries hold ids, codes and numbers; content, keys and upstream text have no field to go into. */
export const consoleLogger: Logger = (level, line) => {
  // oxlint-disable-next-line no-console -- the one place that writes the log
  console[level](logLine({ time: new Date().toISOString(), level, ...line }));
};
