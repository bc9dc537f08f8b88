import { accessKeyOf, checkSignature, type SignatureFault } from "../formats/bedrock-converse/sigv4.ts";
import type { Dialect } from "../dialect.ts";
import type { Refusal } from "../format.ts";
import { tokenFrom } from "../text.ts";

/** Exceptions of InvokeModel and Converse by HTTP status. Source: Bedrock API reference, Converse, "Errors". */
const EXCEPTIONS: Readonly<Record<number, string>> = {
  400: "ValidationException",
  401: "UnrecognizedClientException",
  403: "AccessDeniedException",
  404: "ResourceNotFoundException",
  408: "ModelTimeoutException",
  424: "ModelErrorException",
  429: "ThrottlingException",
  503: "ServiceUnavailableException",
};

const MESSAGES: Readonly<Record<number, string>> = {
  400: "The provided request is not valid.",
  401: "The security token included in the request is invalid.",
  403: "You don't have access to the model with the specified model ID.",
  404: "Could not resolve the foundation model from the provided model identifier.",
  408: "The model timed out.",
  424: "The model had an error while processing the request.",
  429: "Too many requests, please wait before trying again.",
  503: "Bedrock is unable to process your request.",
};

const SECRET_PREFIX = "sim-secret-of-";
const ACCESS_KEY_CHARACTERS = 13;

/** The secret of an access key: the simulator knows any, so that it can check each signature. */
const secretOf = (accessKeyId: string): string => SECRET_PREFIX + accessKeyId;

/** Amazon Bedrock's own: AWS's signature, exceptions named in a header, bodies with nothing but a message. */
export const BEDROCK: Dialect = {
  checkKey(request) {
    const fault = checkSignature(request, "bedrock", secretOf);
    return fault === null ? null : refusalOf(fault);
  },
  readKey: (headers) => accessKeyOf(headers["authorization"]),
  makeKey(seed) {
    const accessKeyId = `AKIASIM${tokenFrom(seed, ACCESS_KEY_CHARACTERS).toUpperCase()}`;
    return `${accessKeyId}:${secretOf(accessKeyId)}`;
  },
  badKey: () => refuse(403, "UnrecognizedClientException", MESSAGES[401] ?? ""),
  failure: (status) => refuse(status, exceptionOf(status), MESSAGES[status] ?? messageOf(status)),
  renderError: ({ message }) => JSON.stringify({ message }),
  errorHeaders: ({ status, code }) => ({
    "x-amzn-errortype": `${code ?? exceptionOf(status)}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
  }),
  headers: (requestNumber) => ({ "x-amzn-requestid": requestIdOf(requestNumber) }),
};

/** `throttlingException`: how a stream names what ends it. The service's own faults are all internal there. */
export function streamExceptionOf({ status }: Refusal): string {
  const name = status === 424 ? "ModelStreamErrorException" : exceptionOf(status);
  return name.charAt(0).toLowerCase() + name.slice(1);
}

const exceptionOf = (status: number) =>
  EXCEPTIONS[status] ?? (status >= 500 ? "InternalServerException" : "ValidationException");
const messageOf = (status: number) =>
  status >= 500
    ? "The system encountered an unexpected error during processing. Try your request again."
    : "Bad request.";

/** `code` carries the exception's name where the status alone does not tell it. */
const refuse = (status: number, code: string, message: string): Refusal => ({
  status,
  message,
  type: "client",
  param: null,
  code,
});

function refusalOf(fault: SignatureFault): Refusal {
  switch (fault.kind) {
    case "missing":
      return refuse(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
    case "malformed":
      return refuse(403, "IncompleteSignatureException", fault.message);
    case "unknown-key":
      return refuse(403, "UnrecognizedClientException", MESSAGES[401] ?? "");
    case "mismatch":
    default:
      return refuse(
        403,
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
      );
  }
}

function requestIdOf(requestNumber: number): string {
  const hex = tokenFrom(requestNumber, 32, "hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
