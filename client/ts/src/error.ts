/** One thing that is wrong with a request: where, by which rule, and what was expected. */
export interface Detail {
  /** A JSON pointer (RFC 6901) to what is wrong in the body, or in the parameter that `info.parameter` names. Empty: all of it. */
  path: string;
  /** The rule: a keyword of JSON Schema. */
  code: string;
  /** What was expected. */
  message: string;
  /** The rule's values, such as the limit. */
  info: Record<string, unknown>;
}

/**
 * A response that is not a success. Without a response, the error is that of `fetch`: a TypeError if the server cannot be reached,
 * the signal's reason if the call was aborted.
 */
export class ApiError extends Error {
  /** LoopBack's class of errors, such as `UnprocessableEntityError`. */
  override readonly name: string;
  /** The HTTP status. */
  readonly status: number;
  /** The machine-readable code, such as `ENTITY_NOT_FOUND`. Not all errors have one. */
  readonly code: string | undefined;
  /** What is wrong with the request, by field; often empty. */
  readonly details: readonly Detail[];
  /** Identifies the request in the server's log. */
  readonly requestId: string | undefined;
  /** How many seconds to wait before a retry, if the server says so (RFC 9110, section 10.2.3). */
  readonly retryAfter: number | undefined;

  /** Reads LoopBack's envelope; body is the response's JSON, or its text if it is not JSON. */
  constructor(response: Response, body: unknown) {
    const error = envelope(body);
    super(error?.message ?? `The response ${response.status} does not contain an error of the API. Does the URL lead to the API, and does a proxy respond instead of it?`);
    this.name = error?.name ?? "ApiError";
    this.status = response.status;
    this.code = error?.code;
    this.details = error?.details ?? [];
    this.requestId = response.headers.get("X-Request-Id") ?? undefined;
    this.retryAfter = retryAfter(response);
  }
}

/** How many seconds to wait according to Retry-After, which is a number of seconds or a date. */
export function retryAfter(response: Response): number | undefined {
  const value = response.headers.get("Retry-After")?.trim();
  if (!value) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

/** The error in LoopBack's envelope. A contract may document other bodies, so its types do not say that there is one. */
interface Failure {
  message: string;
  name?: string;
  code?: string;
  details?: Detail[];
}

function envelope(body: unknown): Failure | undefined {
  const error = (body as { error?: Failure } | undefined)?.error;
  return typeof error?.message === "string" ? error : undefined;
}
