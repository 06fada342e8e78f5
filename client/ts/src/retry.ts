import { retryAfter } from "./error.js";

/** Methods that change nothing (RFC 9110, section 9.2.1). */
const safe = new Set(["GET", "HEAD", "OPTIONS"]);

/** Sends a request. `repeatable` says of a request that it may be sent twice, whatever its method. */
export type Send = (request: Request, repeatable?: boolean) => Promise<Response>;

/**
 * Tries once more what the server refused for now, after its Retry-After or else a quarter to three quarters of a second:
 * always on 429, which is refused before anything is done; on 503, which may have been done, only if the request may be
 * sent twice: a deletion that worked would be answered with 404 then, and a change with If-Match with 412. A wait of more than
 * `patience` seconds is the caller's affair: the answer is returned at once.
 */
export function retrying(fetch: (request: Request) => Promise<Response>, patience: number): Send {
  return async (request, repeatable = safe.has(request.method)) => {
    const response = await fetch(request.clone());
    const refused = response.status === 429 || (response.status === 503 && repeatable);
    const wait = retryAfter(response) ?? 0.25 + Math.random() / 2;
    if (!refused || wait > patience) return response;
    await response.body?.cancel();
    await sleep(wait * 1000, request.signal);
    return fetch(request);
  };
}

/** Waits for a promise no longer than until the signal aborts; then rejects with the signal's reason. The promise goes on. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
  });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", abort));
}

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const slept = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await abortable(slept, signal).finally(() => clearTimeout(timer));
}
