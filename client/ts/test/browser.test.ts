import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { type ConsoleMessage, chromium } from "playwright-core";
import { startNewsdesk, startServer } from "./server.js";

const root = new URL("../", import.meta.url);
const types: Record<string, string> = { html: "text/html", js: "text/javascript", mjs: "text/javascript" };

/** Serves the package's files. */
const origin = await startServer(async (request, response) => {
  try {
    const path = new URL(request.url!, "http://page").pathname.slice(1);
    const content = await readFile(new URL(path, root));
    response.writeHead(200, { "Content-Type": types[path.replace(/.*\./, "")] }).end(content);
  } catch {
    response.writeHead(404).end();
  }
});
const baseUrl = await startNewsdesk(`--cors-origin=${origin}`);

test("a page of another origin signs up, signs in, writes, lists and signs out", { timeout: 60_000 }, async (t) => {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  t.after(() => browser.close());
  const page = await browser.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message: ConsoleMessage) => faults.push(message.text()));
  await page.goto(`${origin}/test/page.html`);
  const seen = await page.evaluate(inPage, baseUrl);
  assert.deepEqual(seen, {
    titles: ["from a page 3", "from a page 2", "from a page 1"],
    pages: [2, 1],
    version: '"1"',
    refreshed: true,
    missing: [true, 404, "ENTITY_NOT_FOUND", true],
    after: 401,
  });
  assert.deepEqual(faults.filter((fault) => !/\b(404|401)\b/.test(fault)), [], "Chromium itself reports failed requests, and nothing else");
});

/** Runs in the page. */
async function inPage(baseUrl: string) {
  const { filter, memory, Client, ApiError } = (globalThis as unknown as { client: typeof import("newsdesk-client") }).client;
  const storage = memory();
  const api = new Client({ baseUrl, storage });
  const account = { email: "ann@example.com", password: "correct horse" };
  await api.signUp(account);
  await api.signIn(account);
  let version;
  for (const i of [1, 2, 3]) {
    const { response } = await api.POST("/news", { body: { title: `from a page ${i}`, body: "b" } });
    version = response.headers.get("ETag");
  }
  const before = (await storage.get())!;
  await storage.set({ ...before, token: "junk" });
  const all = filter<"News">().where({ title: { ilike: "%PAGE%" } }).order("title DESC");
  const titles = (await api.find("/news", all)).map((news) => news.title);
  const refreshed = (await storage.get())!.refresh_token !== before.refresh_token;
  const pages = [];
  for await (const page of api.pages("/news", all, { pageSize: 2 })) pages.push(page.length);
  const missing = await api.GET("/news/{id}", { params: { path: { id: "none" } } }).catch((error) => [
    error instanceof ApiError, error.status, error.code, Boolean(error.requestId),
  ]);
  await api.signOut();
  const after = await api.GET("/whoami").catch((error) => error.status);
  return { titles, pages, version, refreshed, missing, after };
}
