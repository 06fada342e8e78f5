// The server that this page came from.

/** The root of the server, where its contract is. */
export const root = new URL('..', location.href).href.replace(/\/$/, '');

/** The URL of the API: the server's root with the base path of the contract. */
export const base = root + (document.documentElement.dataset.basePath ?? '');

/** An error of the server or of the connection; status is 0 if there is no response. */
export class Problem extends Error {
  constructor(status, message, { details = [], retryAfter = 0 } = {}) {
    super(message);
    this.status = status;
    this.details = details;
    this.retryAfter = retryAfter; // seconds
  }
}

/** Sends a request and returns the JSON of the response, or undefined if there is none. Throws a Problem unless it succeeds. */
export async function send(method, path, { body, token } = {}) {
  const headers = {
    ...(body && { 'Content-Type': 'application/json' }),
    ...(token && { Authorization: `Bearer ${token}` }),
  };
  let response, content;
  try {
    response = await fetch(base + path, { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(30_000) });
    content = await response.text();
  } catch {
    throw new Problem(0, 'The server cannot be reached');
  }
  const json = parse(content);
  if (!response.ok) {
    const error = json?.error ?? {};
    throw new Problem(response.status, error.message ?? `The server responded with ${response.status}`,
      { details: error.details, retryAfter: Number(response.headers.get('Retry-After')) || 0 });
  }
  return json;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
