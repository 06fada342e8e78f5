// The server that this page came from.

export const base = new URL('..', location.href).href.replace(/\/$/, '');

/** What the server, or the way to it, says is wrong: status is 0 when there is no answer. */
export class Problem extends Error {
  constructor(status, message, { details = [], retryAfter = 0 } = {}) {
    super(message);
    this.status = status;
    this.details = details;
    this.retryAfter = retryAfter; // seconds
  }
}

/** Sends a request and returns the JSON of its answer, undefined without one. Throws a Problem unless it succeeds. */
export async function send(method, path, { body, token } = {}) {
  const headers = {
    ...(body && { 'Content-Type': 'application/json' }),
    ...(token && { Authorization: `Bearer ${token}` }),
  };
  let answer, content;
  try {
    answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(30_000) });
    content = await answer.text();
  } catch {
    throw new Problem(0, 'The server cannot be reached');
  }
  const json = parse(content);
  if (!answer.ok) {
    const error = json?.error ?? {};
    throw new Problem(answer.status, error.message ?? `The server answers ${answer.status}`,
      { details: error.details, retryAfter: Number(answer.headers.get('Retry-After')) || 0 });
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
