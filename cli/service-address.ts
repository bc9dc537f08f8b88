import { CliError, EXIT } from "./exit-codes.ts";

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** An address of ours, without a slash at its end. Keys go to https alone, or to this machine. */
export function readAddress(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isSafe =
    url !== null && (url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname)));
  if (!isSafe || url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "")
    throw new CliError(
      EXIT.usage,
      `${name} is no address that a key may be sent to: https://…, or http on this machine.`,
    );
  return url.href.replace(/\/+$/, "");
}
