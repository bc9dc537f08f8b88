import createClient, { type Client } from "openapi-fetch";
import { CliError, EXIT, type ExitCode } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import type { components, paths } from "./generated.ts";

export type Problem = components["schemas"]["Problem"];
export type ControlClient = Client<paths>;

const TIMEOUT_MS = 30_000;

/** The control API, as its document describes it. `key` null: for what needs none. */
export function controlClient(io: Io, url: string, key: string | null): ControlClient {
  return createClient<paths>({
    baseUrl: `${url}/api/v1`,
    // A redirect would take the key elsewhere.
    fetch: (request) => io.fetch(new Request(request, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) })),
    ...(key === null ? {} : { headers: { authorization: `Bearer ${key}` } }),
  });
}

interface Answered<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/** What was answered, or the end that the answer means. */
export async function answerOf<Data>(call: Promise<Answered<Data>>): Promise<Data> {
  const { data, error, response } = await reached(call);
  if (response.ok && data !== undefined) return data;
  throw refusal(response, problemIn(error));
}

/** As `answerOf`, of an operation that answers without a body. */
export async function doneOf(call: Promise<Answered<unknown>>): Promise<void> {
  const { error, response } = await reached(call);
  if (!response.ok) throw refusal(response, problemIn(error));
}

/** A failure to reach the service is told apart from its answers. */
export async function reached<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    const isLate = cause instanceof Error && cause.name === "TimeoutError";
    const why = isLate ? `it did not answer within ${TIMEOUT_MS / 1_000} s` : "no connection";
    throw new CliError(EXIT.network, `Could not reach the service: ${why}. Check your network and PRISMATIC_URL.`, {
      code: "network",
      cause,
    });
  }
}

/** What the service says of a refusal, where it is ours and not something in between. */
export function problemIn(error: unknown): Pick<Problem, "code" | "detail" | "request_id"> | null {
  if (typeof error !== "object" || error === null) return null;
  const [code, detail, id] = ["code", "detail", "request_id"].map((name): unknown => Reflect.get(error, name));
  return typeof code === "string" && typeof detail === "string"
    ? { code, detail, request_id: typeof id === "string" ? id : "" }
    : null;
}

export function refusal({ status }: Response, problem: ReturnType<typeof problemIn>): CliError {
  const message = problem?.detail ?? `The service answered with status ${status}, and nothing that we know.`;
  const hint = status === 401 ? " Run 'prismatic login'." : "";
  return new CliError(exitCodeOf(status), `${message}${hint}`, {
    ...(problem === null ? {} : { code: problem.code }),
    ...(problem === null || problem.request_id === "" ? {} : { requestId: problem.request_id }),
  });
}

export function exitCodeOf(status: number): ExitCode {
  if (status === 401) return EXIT.notSignedIn;
  if (status === 404) return EXIT.notFound;
  return status >= 400 && status < 500 ? EXIT.refused : EXIT.failed;
}
