import assert from "node:assert/strict";
import { test } from "node:test";
import { memory, Client, type Tokens, type TokenStorage } from "newsdesk-client";
import { signedIn, startNewsdesk } from "./server.js";

const baseUrl = await startNewsdesk();
const callers = 100;

/** A client of a new account, its storage, and the requests that it has sent. */
async function watched(name: string) {
  const storage = memory();
  const sent: string[] = [];
  const fetch = (request: Request) => {
    sent.push(new URL(request.url).pathname);
    return globalThis.fetch(request);
  };
  const api = await signedIn(name, { baseUrl, storage, fetch });
  return { api, storage, fetch, count: (path: string) => sent.filter((one) => one === path).length };
}

async function change(storage: TokenStorage, changed: Partial<Tokens>): Promise<Tokens> {
  const before = (await storage.get())!;
  await storage.set({ ...before, ...changed });
  return before;
}

function whoAmI(api: Client, times: number): Promise<string[]> {
  return Promise.all(Array.from({ length: times }, async () => (await api.GET("/whoami")).data));
}

for (const [name, changed, calls] of [
  ["has expired", { renew_at: 0 }, callers],
  ["is not taken", { token: "junk" }, 2 * callers],
] as const) {
  test(`a token that ${name} is refreshed once for ${callers} callers`, async () => {
    const { api, storage, count } = await watched(`ann-${calls}`);
    const { token, refresh_token, user_id } = await change(storage, changed);
    assert.deepEqual(await whoAmI(api, callers), Array(callers).fill(user_id));
    assert.equal(count("/refresh"), 1);
    assert.equal(count("/whoami"), calls);
    const kept = (await storage.get())!;
    assert.notEqual(kept.token, token);
    assert.notEqual(kept.refresh_token, refresh_token);
    assert.ok(kept.renew_at > Date.now());
    await whoAmI(api, 1);
    assert.equal(count("/refresh"), 1, "the next one needs none");
  });
}

test("a token is refreshed when a tenth of its life is left", async (t) => {
  const { api, count } = await watched("ben");
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  t.mock.timers.tick(809_000);
  await whoAmI(api, 1);
  assert.equal(count("/refresh"), 0);
  t.mock.timers.tick(2_000);
  await whoAmI(api, 1);
  assert.equal(count("/refresh"), 1);
});

test("a request keeps its body when its token is refreshed", async () => {
  const { api, storage, count } = await watched("cleo");
  await change(storage, { token: "junk" });
  assert.equal((await api.POST("/news", { body: { title: "kept", body: "b" } })).data.title, "kept");
  assert.equal(count("/news"), 2);
});

test("two clients with a copy of the same refresh token both stay signed in", async () => {
  const { api, storage, fetch } = await watched("dan");
  const copy = memory();
  await copy.set(await change(storage, { renew_at: 0 }));
  await change(copy, { renew_at: 0 });
  const other = new Client({ baseUrl, storage: copy, fetch });
  const [one, two] = await Promise.all([whoAmI(api, 1), whoAmI(other, 1)]);
  assert.deepEqual(one, two);
});

test("while no refresh can be had, a token that is still good is sent", async () => {
  const { storage, fetch, count } = await watched("kim");
  const { user_id } = await change(storage, { renew_at: 0 });
  let down = true;
  const api = new Client({ baseUrl, storage, patience: 0, fetch: async (request) => {
    const refused = down && request.url.endsWith("/refresh");
    return refused ? new Response("", { status: 503 }) : fetch(request);
  } });
  assert.deepEqual(await whoAmI(api, 2), [user_id, user_id]);
  await change(storage, { token: "junk" });
  await assert.rejects(whoAmI(api, 1), { status: 503 });
  down = false;
  assert.deepEqual(await whoAmI(api, 2), [user_id, user_id]);
  assert.equal(count("/refresh"), 1);
});

test("a session that was ended elsewhere is found to be over, once for all callers", async () => {
  const { api, storage, count } = await watched("eve");
  const elsewhere = new Client({ baseUrl });
  await elsewhere.signIn({ email: "eve@example.com", password: "correct horse" });
  await elsewhere.DELETE("/sessions");
  await change(storage, { renew_at: 0 });
  const results = await Promise.allSettled(Array.from({ length: callers }, () => api.GET("/whoami")));
  assert.deepEqual(new Set(results.map((result) => result.status === "rejected" && result.reason.status)), new Set([401]));
  assert.deepEqual([count("/refresh"), count("/whoami")], [1, 0]);
  assert.equal(await storage.get(), undefined, "nobody is signed in");
  await api.GET("/ping");
});

test("signing out ends the session here and on the server", async () => {
  const { api, storage } = await watched("fay");
  const before = (await storage.get())!;
  await api.signOut();
  assert.equal(await storage.get(), undefined);
  await storage.set(before);
  await assert.rejects(api.GET("/whoami"), { status: 401 });
  await api.signOut(); // of nobody is no error
});

test("a request is not repeated as somebody else", async () => {
  const { api: ann, storage, fetch } = await watched("gus");
  const bob = memory();
  await signedIn("hal", { baseUrl, storage: bob });
  await change(storage, { token: "junk" });
  const swapping = new Client({ baseUrl, storage, fetch: async (request) => {
    const response = await fetch(request);
    await storage.set(await bob.get()); // hal signs in while gus's request is under way
    return response;
  } });
  await assert.rejects(swapping.POST("/news", { body: { title: "by gus", body: "b" } }), { status: 401 });
  const { data } = await ann.GET("/news/count", { params: { query: { where: { title: "by gus" } } } });
  assert.deepEqual(data, { count: 0 });
});

test("a sign-out while a refresh is under way stays one", async () => {
  const { api, storage, fetch } = await watched("ida");
  await change(storage, { renew_at: 0 });
  const late = new Client({ baseUrl, storage, fetch: async (request) => {
    const response = await fetch(request);
    if (request.url.endsWith("/refresh")) await storage.set(undefined);
    return response;
  } });
  await late.GET("/whoami");
  assert.equal(await storage.get(), undefined);
  await assert.rejects(api.GET("/whoami"), { status: 401 });
});

test("a caller that gives up neither waits for the refresh nor ends it for the others", async () => {
  const { storage, fetch, count } = await watched("jim");
  const { user_id } = await change(storage, { renew_at: 0 });
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const api = new Client({ baseUrl, storage, fetch: async (request) => {
    if (request.url.endsWith("/refresh")) await released;
    return fetch(request);
  } });
  const caller = new AbortController();
  const first = api.GET("/whoami", { signal: caller.signal });
  const others = whoAmI(api, 3);
  caller.abort();
  await assert.rejects(first, { name: "AbortError" });
  release();
  assert.deepEqual(await others, Array(3).fill(user_id));
  assert.equal(count("/refresh"), 1);
});
