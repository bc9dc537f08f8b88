import type { PostgresErrorFields } from "../database/database.ts";
import { int32, makeFrame } from "./frames.ts";

const AUTHENTICATION_OK = 0;
const AUTHENTICATION_CLEARTEXT = 3;
const PROTOCOL_3_0 = 196_608;

export const ENCRYPTION_REFUSED = Buffer.from("N");

export function authenticationCleartext(): Buffer {
  return makeFrame("R", int32(AUTHENTICATION_CLEARTEXT));
}

/** What follows a good password: the settings that clients ask no further for, a cancel key nobody can use, ready. */
export function welcome(parameters: Readonly<Record<string, string>>, processId: number): Buffer {
  return Buffer.concat([
    makeFrame("R", int32(AUTHENTICATION_OK)),
    ...Object.entries(parameters).map(([name, value]) => makeFrame("S", name, value)),
    makeFrame("K", int32(processId), int32(0)),
    makeFrame("Z", Buffer.from("I")),
  ]);
}

/** Tells a client that asked for a newer minor version that 3.0 is spoken. */
export function negotiateProtocolVersion(): Buffer {
  return makeFrame("v", int32(PROTOCOL_3_0), int32(0));
}

export function errorResponse(fields: PostgresErrorFields): Buffer {
  const parts = [`S${fields.severity}`, `V${fields.severity}`, `C${fields.code}`, `M${fields.message}`];
  if (fields.hint !== undefined) parts.push(`H${fields.hint}`);
  return makeFrame("E", ...parts, Buffer.from([0]));
}
