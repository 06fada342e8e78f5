import type { components } from "./schema.js";

/** One thing that is wrong with a request: where, by which rule, and what was expected. */
export type Detail = components["schemas"]["ErrorDetail"];

/**
 * An answer of the server that is not a success. What keeps an answer from coming is thrown as `fetch` throws it:
 * a TypeError when the server cannot be reached, the signal's reason when the call was aborted.
 */
export class NewsdeskError extends Error {
  /** LoopBack's class of errors, such as `UnprocessableEntityError`. */
  override readonly name: string;
  /** The HTTP status. */
  readonly status: number;
  /** A word for programs, such as `ENTITY_NOT_FOUND`. Not all errors have one. */
  readonly code: string | undefined;
  /** What is wrong with the request, piece by piece; often empty. */
  readonly details: readonly Detail[];
  /** Names the request in the server's log. */
  readonly requestId: string | undefined;
  /** How many seconds the server asks to wait before trying again, where it says (RFC 9110, section 10.2.3). */
  readonly retryAfter: number | undefined;

  /** Reads LoopBack's envelope; body is the answer's JSON, or its text when it is not JSON. */
  constructor(response: Response, body: unknown) {
    const error = envelope(body);
    super(error?.message ?? `The server answered ${response.status} without an error of Newsdesk's. Is it a Newsdesk server, and no proxy before it?`);
    this.name = error?.name ?? "NewsdeskError";
    this.status = response.status;
    this.code = error?.code;
    this.details = error?.details ?? [];
    this.requestId = response.headers.get("X-Request-Id") ?? undefined;
    this.retryAfter = retryAfter(response);
  }
}

/** How many seconds an answer asks to wait: its Retry-After, as seconds or as a date. */
export function retryAfter(response: Response): number | undefined {
  const value = response.headers.get("Retry-After")?.trim();
  if (!value) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

function envelope(body: unknown): Partial<components["schemas"]["Error"]> | undefined {
  const error = (body as Partial<components["schemas"]["ErrorEnvelope"]> | undefined)?.error;
  return typeof error?.message === "string" ? error : undefined;
}
