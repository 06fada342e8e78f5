import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { Client, type Options } from "newsdesk-client";

/** Starts Newsdesk with an empty store, until the file's tests are done, and returns its URL. */
export async function startNewsdesk(...flags: string[]): Promise<string> {
  const binary = fileURLToPath(new URL("newsdesk", import.meta.url));
  const server = spawn(binary, ["--data=:memory:", "--listen=127.0.0.1:0", "--bcrypt-cost=10", "--log-level=error", ...flags], {
    env: { NEWSDESK_RATE_LIMITS: "off" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  after(() => stop(server));
  for await (const line of createInterface(server.stdout)) {
    const url = /listens on +(\S+)/.exec(line)?.[1];
    if (url) return url;
  }
  throw new Error("newsdesk ended before it listened; npm test builds it as build/newsdesk");
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || !server.kill()) return;
  await once(server, "exit");
}

/** Starts a server that answers with listener, until the file's tests are done, and returns its URL. */
export async function startServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A client that is signed in with a new account, named ann or the like. */
export async function signedIn(name: string, options: Options & { baseUrl: string }): Promise<Client> {
  const api = new Client(options);
  const account = { email: `${name}@example.com`, password: "correct horse" };
  await api.signUp(account);
  await api.signIn(account);
  return api;
}
