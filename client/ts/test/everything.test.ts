import assert from "node:assert/strict";
import { test } from "node:test";
import { filter, ApiError, type Where } from "newsdesk-client";
import { signedIn, startNewsdesk } from "./server.js";

const baseUrl = await startNewsdesk();

// What JSON drops, or turns into null or {}. Under exactOptionalPropertyTypes most of it does not compile; not everybody has that.
const lost: Record<string, unknown> = {
  "undefined": undefined,
  "a value": { title: undefined },
  "an operand": { title: { eq: undefined } },
  "an element": { title: { inq: [undefined] } },
  "deep inside": { and: [{ or: [{ title: undefined }] }] },
  "not a number": { title: Number.NaN },
  "infinity": { title: { gt: Number.POSITIVE_INFINITY } },
  "an invalid date": { date_created: new Date("x") },
  "a function": { title: () => "t" },
  "a map": new Map([["title", "t"]]),
  "a set": { title: { inq: new Set(["t"]) } },
  "a pattern": { title: { regexp: /t/ } },
  "a promise": Promise.resolve({ title: "t" }),
  "a big integer": { title: 1n },
};

test("a condition that got lost is not everything", async () => {
  let sent = 0;
  const api = await signedIn("kim", { baseUrl, fetch: (request) => (sent++, fetch(request)) });
  for (let i = 0; i < 3; i++) await api.POST("/news", { body: { title: "old", body: "b" } });
  const change = (where: unknown, all = {}) => api.PATCH("/news", { params: { query: { where: where as Where<"News">, ...all } }, body: { title: "new" } });
  const before = sent;
  for (const [name, where] of Object.entries(lost)) {
    await assert.rejects(change(where), TypeError, name);
    await assert.rejects(api.GET("/news/count", { params: { query: { where: where as Where<"News"> } } }), TypeError, name);
    assert.throws(() => filter<"News">().where(where as Where<"News">), TypeError, name);
  }
  assert.equal(sent, before, "nothing was sent");
  for (const where of [null, "", [], { and: [] }, { nor: [] }, { title: { nin: [] } }, { or: [{}] }]) {
    await assert.rejects(change(where), (error) => error instanceof ApiError && error.status === 400, JSON.stringify(where));
  }
  assert.deepEqual((await api.GET("/news/count", { params: { query: { where: { title: "old" } } } })).data, { count: 3 });
  assert.deepEqual((await change({ title: "old", date_created: { lt: new Date("2100-01-01") } })).data, { count: 3 });
  assert.deepEqual((await change({})).data, { count: 3 });
});

test("a filter that got lost is not everything", () => {
  const news = filter<"News">();
  assert.throws(() => news.limit(undefined as unknown as number), TypeError);
  assert.throws(() => news.skip(Number.NaN), TypeError);
  assert.throws(() => news.order(undefined as unknown as "title"), TypeError);
  assert.throws(() => news.fields(undefined as unknown as "title"), TypeError);
});

test("everything of everybody's takes a second word", async () => {
  const admins = await startNewsdesk("--default-role=admin");
  const api = await signedIn("lea", { baseUrl: admins });
  await api.POST("/news", { body: { title: "old", body: "b" } });
  const body = { title: "new" };
  await assert.rejects(api.PATCH("/news", { params: { query: { where: {} } }, body }), (error) => error instanceof ApiError && error.message.includes("all=true"));
  assert.deepEqual((await api.PATCH("/news", { params: { query: { where: {}, all: true } }, body })).data, { count: 1 });
});
