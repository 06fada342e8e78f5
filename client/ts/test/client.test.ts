import assert from "node:assert/strict";
import { test } from "node:test";
import { filter, Client, ApiError } from "newsdesk-client";
import { signedIn, startNewsdesk, startServer } from "./server.js";

const baseUrl = await startNewsdesk();

test("a news item is created, read, changed and deleted", async () => {
  const api = await signedIn("ann", { baseUrl });
  const { data: news, response } = await api.POST("/news", { body: { title: "Go & 100% more", body: "b" } });
  const version = response.headers.get("ETag")!;
  const params = { path: { id: news.id } };

  assert.deepEqual((await api.GET("/news/{id}", { params })).data, news);
  assert.deepEqual((await api.GET("/news/{id}", { params: { ...params, query: { filter: { fields: ["title"] } } } })).data, { title: news.title });
  const unchanged = await api.GET("/news/{id}", { params: { ...params, header: { "If-None-Match": version } } });
  assert.deepEqual([unchanged.response.status, unchanged.data], [304, undefined]);

  await api.PATCH("/news/{id}", { params: { ...params, header: { "If-Match": version } }, body: { title: "Gone" } });
  await assert.rejects(
    api.DELETE("/news/{id}", { params: { ...params, header: { "If-Match": version } } }),
    (error: ApiError) => error.status === 412 && error.code === "VERSION_MISMATCH",
  );
  assert.deepEqual((await api.GET("/news/count", { params: { query: { where: { title: "Gone" } } } })).data, { count: 1 });
  await api.DELETE("/news/{id}", { params });
  await assert.rejects(api.GET("/news/{id}", { params }), { status: 404, code: "ENTITY_NOT_FOUND" });
});

// DELETE /sessions/ and DELETE /users/../sessions would sign the caller out everywhere else.
test("an id that would make the address another operation's is not sent", async () => {
  const sent: string[] = [];
  const api = new Client({ baseUrl, fetch: (request) => (sent.push(request.url), fetch(request)) });
  for (const id of ["", ".", ".."]) {
    for (const call of [() => api.DELETE("/sessions/{id}", { params: { path: { id } } }), () => api.DELETE("/users/{id}/sessions", { params: { path: { id } } })]) {
      await assert.rejects(call, { name: "RangeError", message: `There is nothing with the id "${id}"; nothing was sent` });
    }
  }
  assert.deepEqual(sent, []);
  await assert.rejects(api.GET("/news/{id}", { params: { path: { id: "../ping" } } }), { status: 401 });
});

test("a filter is sent as it is said", async () => {
  const api = await signedIn("bob", { baseUrl });
  for (const title of ["Go 1", "go 2", "Rust", "go 3"]) await api.POST("/news", { body: { title, body: "of bob" } });
  const bobs = filter<"News">().where({ body: "of bob" });
  for (const [name, asked, want] of [
    ["a condition", bobs.where({ title: { ilike: "%go%" } }), ["Go 1", "go 2", "go 3"]],
    ["two conditions", bobs.where({ title: { like: "go%" } }).where({ title: { neq: "go 2" } }), ["go 3"]],
    ["an order", bobs.order("title DESC"), ["go 3", "go 2", "Rust", "Go 1"]],
    ["a limit", bobs.order("title").limit(1), ["Go 1"]],
    ["a start", bobs.order("title").skip(3), ["go 3"]],
    ["nothing", bobs.where({ title: { inq: [] } }), []],
  ] as const) {
    assert.deepEqual((await api.find("/news", asked)).map((news) => news.title), want, name);
  }
  assert.deepEqual(await api.find("/news", bobs.order("title").fields("title", "body").limit(1)), [{ title: "Go 1", body: "of bob" }]);
  const built = bobs.where({ title: "Rust" }).build();
  assert.equal((await api.GET("/news", { params: { query: { filter: built } } })).data.length, 1);
});

test("an error says what the envelope says", async () => {
  const api = await signedIn("cleo", { baseUrl });
  const error = await api.POST("/news", { body: { title: "", body: "b" } }).catch((error: unknown) => error);
  assert.ok(error instanceof ApiError && error instanceof Error);
  assert.deepEqual([error.status, error.name, error.code], [422, "UnprocessableEntityError", "VALIDATION_FAILED"]);
  assert.deepEqual(error.details.map(({ path, code }) => [path, code]), [["/title", "minLength"]]);
  assert.match(error.message, /request body is invalid/);
  assert.match(error.requestId ?? "", /./);
  await assert.rejects(new Client({ baseUrl }).GET("/whoami"), { status: 401, name: "UnauthorizedError" });
});

test("an error that is not the API's has its status and a hint", async () => {
  for (const body of ["<h1>Bad gateway</h1>", "null", '{"error":"no"}', '{"error":{"message":7}}', ""]) {
    const proxy = await startServer((_, response) => response.writeHead(502).end(body));
    await assert.rejects(new Client({ baseUrl: proxy }).GET("/ping"), { status: 502, name: "ApiError", code: undefined, message: /does a proxy respond/ });
  }
});

test("a call ends when its signal says so", async () => {
  const hanging = await startServer(() => {});
  const api = new Client({ baseUrl: hanging });
  const reason = new Error("enough");
  const aborted = AbortSignal.abort(reason);
  const all = filter<"News">();
  for (const call of [
    () => api.GET("/ping", { signal: aborted }),
    () => api.signUp({ email: "a@example.com", password: "correct horse" }, { signal: aborted }),
    () => api.signIn({ email: "a@example.com", password: "correct horse" }, { signal: aborted }),
    () => api.signOut({ signal: aborted }),
    () => api.find("/news", all, { signal: aborted }),
    () => api.pages("/news", all, { signal: aborted }).next(),
    () => api.each("/news", all, { signal: aborted }).next(),
  ]) {
    await assert.rejects(call, (error) => error === reason);
  }
});
