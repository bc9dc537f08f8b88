/** Who our mails are from. */
export interface Sender {
  readonly name: string;
  readonly address: string;
}

/** Reads `MAIL_FROM`: `Name <local@host>`. Throws on anything else, so that no mail goes out from nobody. */
export function parseSender(text: string): Sender {
  const match = /^([^<>@"\r\n]{1,64}?) *<([^<>@\s]{1,64}@[^<>@\s]{1,189})>$/.exec(text);
  const [name, address] = [match?.[1], match?.[2]];
  if (name === undefined || address === undefined) throw new Error("MAIL_FROM is not of the form Name <local@host>");
  return { name, address };
}
