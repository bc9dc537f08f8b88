import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { SignedRequest } from "../../dialect.ts";

const ALGORITHM = "AWS4-HMAC-SHA256";

export type SignatureFault =
  | { readonly kind: "missing" }
  | { readonly kind: "malformed"; readonly message: string }
  | { readonly kind: "unknown-key" }
  | { readonly kind: "mismatch" };

interface Authorization {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/**
 * Works out AWS's signature of a request anew, from the specification and without any library of a client's, and
 * compares. Null when it holds. Source: AWS IAM user guide, "Create a signed AWS API request".
 */
export function checkSignature(
  request: SignedRequest,
  service: string,
  secretOf: (accessKeyId: string) => string | null,
): SignatureFault | null {
  const header = request.headers["authorization"];
  if (header === undefined) return { kind: "missing" };
  const authorization = readAuthorization(header);
  const datetime = request.headers["x-amz-date"] ?? "";
  if (authorization === null) return malformed("Authorization header is not a valid AWS4-HMAC-SHA256 one.");
  if (!/^\d{8}T\d{6}Z$/.test(datetime)) {
    return malformed("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  if (!datetime.startsWith(authorization.date)) return malformed("Date in Credential scope does not match X-Amz-Date.");
  if (authorization.service !== service) {
    return malformed(`Credential should be scoped to correct service: '${service}'.`);
  }
  const unsigned = ["host", "x-amz-date", "x-amz-security-token"].find(
    (name) => request.headers[name] !== undefined && !authorization.signedHeaders.includes(name),
  );
  if (unsigned !== undefined) return malformed(`'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`);
  const secret = secretOf(authorization.accessKeyId);
  if (secret === null) return { kind: "unknown-key" };
  const expected = Buffer.from(sign(request, authorization, datetime, secret));
  const given = Buffer.from(authorization.signature);
  return expected.length === given.length && timingSafeEqual(expected, given) ? null : { kind: "mismatch" };
}

const malformed = (message: string): SignatureFault => ({ kind: "malformed", message });

function readAuthorization(header: string): Authorization | null {
  const match =
    /^AWS4-HMAC-SHA256 +Credential=([^/,\s]+)\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request, *SignedHeaders=([\w;-]+), *Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  if (match === null) return null;
  const [, accessKeyId = "", date = "", region = "", service = "", names = "", signature = ""] = match;
  return { accessKeyId, date, region, service, signedHeaders: names.split(";"), signature };
}

/** The access key that a request names, whether its signature holds or not. */
export const accessKeyOf = (header: string | undefined): string => readAuthorization(header ?? "")?.accessKeyId ?? "";

function sign(request: SignedRequest, authorization: Authorization, datetime: string, secret: string): string {
  const { date, region, service, signedHeaders } = authorization;
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = [ALGORITHM, datetime, scope, sha256(canonicalRequest(request, signedHeaders))].join("\n");
  const key = [date, region, service, "aws4_request"].reduce<string | Uint8Array>(
    (previous, part) => createHmac("sha256", previous).update(part).digest(),
    `AWS4${secret}`,
  );
  return createHmac("sha256", key).update(text).digest("hex");
}

function canonicalRequest({ method, path, headers, body }: SignedRequest, signedHeaders: readonly string[]): string {
  const [pathname = "/", query = ""] = path.split("?", 2);
  const values = signedHeaders.map((name) => `${name}:${(headers[name] ?? "").trim().replaceAll(/ +/g, " ")}\n`);
  return [
    method,
    pathname.split("/").map(encode).join("/"),
    canonicalQuery(query),
    values.join(""),
    signedHeaders.join(";"),
    headers["x-amz-content-sha256"] ?? sha256(body),
  ].join("\n");
}

function canonicalQuery(query: string): string {
  const pairs = [...new URLSearchParams(query)].map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.sort().join("&");
}

/** RFC 3986. The path is encoded once more than it was sent, as every service but S3 wants. */
const encode = (text: string) =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const sha256 = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");
