import { createMemberReader, type MemberReader } from "../member-reader.ts";

/** Google reads `inline_data` and `inlineData` alike (protobuf's JSON mapping), so both are read here. */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Reads an object of Gemini's in either spelling. */
export function readObject(values: Readonly<Record<string, unknown>>, path: string): MemberReader {
  return createMemberReader(values, path, (name) => {
    const snake = snakeCase(name);
    return snake === name ? null : snake;
  });
}
