import assert from "node:assert/strict";
import { test } from "node:test";
import { memory, Client } from "newsdesk-client";
import { startServer } from "./server.js";

/** A server that answers the first requests with these statuses and the others with 200, and the bodies that it got. */
async function refusing(statuses: number[], headers: Record<string, string>) {
  const bodies: string[] = [];
  const baseUrl = await startServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const status = statuses[bodies.push(body) - 1] ?? 200;
    response.writeHead(status, status === 200 ? {} : headers).end(JSON.stringify({ token: "t", refresh_token: "r", expires_in: 900, user_id: "u" }));
  });
  return { baseUrl, bodies };
}

const news = { title: "t", body: "b" };
const path = { id: "1" };
const calls = {
  GET: (api: Client) => api.GET("/news"),
  PUT: (api: Client) => api.PUT("/news/{id}", { params: { path }, body: news }),
  DELETE: (api: Client) => api.DELETE("/news/{id}", { params: { path } }),
  POST: (api: Client) => api.POST("/news", { body: news }),
  PATCH: (api: Client) => api.PATCH("/news/{id}", { params: { path }, body: news }),
  "sign-in": (api: Client) => api.signIn({ email: "a@example.com", password: "correct horse" }),
};

const soon = { "Retry-After": "0" };
for (const [name, call, statuses, headers, patience, status, tries] of [
  ["a GET refused for now", "GET", [503], soon, 5, 200, 2],
  ["a PUT that may have been done", "PUT", [503], soon, 5, 503, 1],
  ["a DELETE that may have been done", "DELETE", [503], soon, 5, 503, 1],
  ["a POST that may have been done", "POST", [503], soon, 5, 503, 1],
  ["a PATCH that may have been done", "PATCH", [503], soon, 5, 503, 1],
  ["a POST that came too often", "POST", [429], soon, 5, 200, 2],
  ["a PATCH that came too often", "PATCH", [429], soon, 5, 200, 2],
  ["a sign-in that came too often", "sign-in", [429], soon, 5, 200, 2],
  ["one that is refused again", "GET", [503, 503], soon, 5, 503, 2],
  ["one that is refused otherwise", "GET", [500], soon, 5, 500, 1],
  ["without a Retry-After", "GET", [429], {}, 5, 200, 2],
  ["with a Retry-After that is a date", "GET", [429], { "Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT" }, 5, 200, 2],
  ["with a Retry-After that is nonsense", "GET", [429], { "Retry-After": "later" }, 5, 200, 2],
  ["with a Retry-After that is too long", "GET", [429], { "Retry-After": "6" }, 5, 429, 1],
  ["by a caller without patience", "GET", [429], {}, 0, 429, 1],
] as const) {
  test(`${name} is tried ${tries === 2 ? "twice" : "once"}`, async () => {
    const { baseUrl, bodies } = await refusing([...statuses], headers);
    const outcome: Promise<unknown> = calls[call](new Client({ baseUrl, patience }));
    await (status === 200 ? outcome : assert.rejects(outcome, { status }));
    assert.equal(bodies.length, tries);
    assert.equal(new Set(bodies).size, 1, "the body is the same each time");
  });
}

test("a refresh is tried again: the server takes its token twice", async () => {
  const { baseUrl, bodies } = await refusing([503], soon);
  const storage = memory();
  await storage.set({ token: "t", refresh_token: "r", user_id: "u", renew_at: 0 });
  await new Client({ baseUrl, storage }).GET("/whoami");
  assert.deepEqual(bodies.slice(0, 2), Array(2).fill('{"refresh_token":"r"}'));
});

test("an error says how long to wait", async () => {
  const { baseUrl } = await refusing([429], { "Retry-After": "900" });
  await assert.rejects(new Client({ baseUrl }).GET("/news"), { status: 429, retryAfter: 900 });
});

test("a wait ends when the signal says so", async () => {
  const { baseUrl, bodies } = await refusing([503], { "Retry-After": "600" });
  const caller = new AbortController();
  const fetch = async (request: Request) => {
    const response = await globalThis.fetch(request);
    setImmediate(() => setImmediate(() => caller.abort())); // once the wait has begun
    return response;
  };
  await assert.rejects(new Client({ baseUrl, fetch, patience: 600 }).GET("/news", { signal: caller.signal }), { name: "AbortError" });
  assert.equal(bodies.length, 1);
});
