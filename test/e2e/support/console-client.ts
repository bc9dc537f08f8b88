import { TOTP, Secret } from "otpauth";
import { z } from "zod";
import type { Stack } from "../../../dev/stack/stack.ts";

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed; an empty object where there was no JSON. */
  readonly body: Record<string, unknown>;
  readonly text: string;
}

const WAIT_FOR_MAIL_MS = 15_000;
let serial = 0;

let addresses = 0;

function newAddress(): string {
  addresses += 1;
  return `10.${addresses >> 8}.${addresses & 255}.1`;
}

/** One browser at the control API: it keeps cookies and says whose page asks. */
export class ConsoleClient {
  readonly #stack: Stack;
  readonly #cookies = new Map<string, string>();
  /** Every browser is in a network of its own: what the public doors count by address is nobody else's. */
  readonly #address = newAddress();

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  get cookie(): string | null {
    const pairs = [...this.#cookies].map(([name, value]) => `${name}=${value}`);
    return pairs.length === 0 ? null : pairs.join("; ");
  }

  /** A second browser of the same person, with nothing of this one's. */
  another(): ConsoleClient {
    return new ConsoleClient(this.#stack);
  }

  get = (path: string): Promise<ApiAnswer> => this.send("GET", path);
  post = (path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> =>
    this.send("POST", path, body, headers);
  put = (path: string, body: unknown): Promise<ApiAnswer> => this.send("PUT", path, body);
  patch = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> =>
    this.send("PATCH", path, body, headers);
  remove = (path: string): Promise<ApiAnswer> => this.send("DELETE", path);

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    const response = await fetch(`${this.#stack.urls.console}/api/v1${path}`, {
      method,
      headers: {
        origin: this.#stack.siteUrl,
        "cf-connecting-ip": this.#address,
        ...(this.cookie === null ? {} : { cookie: this.cookie }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    for (const set of response.headers.getSetCookie()) this.#take(set);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    const parsed: unknown = text === "" || !isJson ? {} : JSON.parse(text);
    return { status: response.status, headers: response.headers, body: asObject(parsed), text };
  }

  #take(set: string): void {
    const [pair = ""] = set.split(";");
    const [name = "", ...value] = pair.split("=");
    if (/max-age=0/i.test(set)) this.#cookies.delete(name);
    else this.#cookies.set(name, value.join("="));
  }

  /** The rows of a list, read as what they are. */
  async list<Row>(path: string, row: z.ZodType<Row>): Promise<Row[]> {
    const { body } = await this.get(path);
    return z.object({ data: z.array(row) }).parse(body).data;
  }

  /** Waits for the newest mail of a kind to an address and answers its link's token. */
  async mailedToken(to: string, page: string): Promise<string> {
    const pattern = new RegExp(`/${page}#token=([^\\s"<>)]+)`);
    const message = await this.#stack.mailbox.waitFor(
      (one) => one.to.includes(to) && pattern.test(one.text ?? ""),
      WAIT_FOR_MAIL_MS,
    );
    return pattern.exec(message.text ?? "")?.[1] ?? "";
  }

  /** Makes an account, confirms its address and signs in. */
  async join(name = "Ada"): Promise<{ readonly email: string; readonly password: string; readonly userId: string }> {
    serial += 1;
    const email = `person-${serial}-${Date.now()}@example.com`;
    const password = `correct horse ${serial} battery`;
    await this.post("/auth/sign-up", { name, email, password, adult: true, policy_version: "1" });
    await this.post("/auth/verify-email", { token: await this.mailedToken(email, "verify"), password });
    const signedIn = await this.post("/auth/sign-in", { email, password });
    return { email, password, userId: String(signedIn.body["user_id"]) };
  }
}

/** The code that an authenticator app shows; `ahead` steps of half a minute from now. */
export function codeOf(secret: unknown, ahead = 0): string {
  const totp = new TOTP({ secret: Secret.fromBase32(String(secret)) });
  return totp.generate({ timestamp: Date.now() + ahead * 30_000 });
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
