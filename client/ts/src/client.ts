import createClient, { type Client as Fetch, type MaybeOptionalInit } from "openapi-fetch";
import { ApiError } from "./error.js";
import { body, cookie, path as pathOf } from "./format.js";
import type { Filter, Optional, Property } from "./filter.js";
import { json } from "./json.js";
import { pages, type Document, type List, type ListPath, type PageOptions, type ResourceAt } from "./pages.js";
import { query, type Styles } from "./query.js";
import { retrying, type Send } from "./retry.js";
import { formats, type paths } from "./schema.js";
import { authorized, memory, Session, type Issued, type TokenStorage } from "./session.js";

export interface Options {
  /** Where the server is, such as `https://news.example.com`. A page may leave it out: the server that it came from. */
  baseUrl?: string | undefined;
  /** Where tokens are kept. Default: in memory. */
  storage?: TokenStorage | undefined;
  /** The most seconds to wait before a second try. Default: 5. 0 leaves retrying to the caller. */
  patience?: number | undefined;
  /** Sends requests. Default: the global fetch. */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
}

export interface CallOptions {
  /** Ends the call with its reason. What the server has begun to do, it may finish. */
  signal?: AbortSignal | undefined;
}

/**
 * A success: its JSON as the contract types it, a Blob of binary data, the stream of text/event-stream and application/x-ndjson, other text as
 * a string, and undefined where there is no body (204, 304); and the response with its headers.
 */
export interface Answer<Operation> {
  data: Data<Operation>;
  response: Response;
}

type Data<Operation> = Operation extends { responses: infer Responses }
  ? Success<Responses> extends never ? BodyOf<Responses[keyof Responses & "default"]> : BodyOf<Responses[Success<Responses>]>
  : never;
type Success<Responses> = keyof Responses & (200 | 201 | 202 | 203 | 204 | 206 | 304 | "2XX");
type BodyOf<Response> = Response extends { content: infer Content }
  ? keyof Content & JSONType extends never
    ? keyof Content & Streamed extends never ? BytesOf<Content[keyof Content]> : ReadableStream<Uint8Array>
    : Content[keyof Content & JSONType]
  : undefined;
type JSONType = `${string}/json` | `${string}+json`;
type Streamed = "text/event-stream" | "application/x-ndjson";
type BytesOf<Schema> = unknown extends Schema ? Blob : Schema extends Blob ? Blob : string;

type Verb = "get" | "put" | "post" | "patch" | "delete" | "head" | "options"; // fetch cannot send TRACE
type PathsWith<V extends Verb> = { [P in keyof paths]: paths[P] extends Record<V, object> ? P : never }[keyof paths];

/** Calls an operation of the contract by its path. Throws an {@link ApiError} unless it succeeds. */
export type Method<V extends Verb> = <P extends PathsWith<V>>(
  path: P, ...init: {} extends MaybeOptionalInit<paths[P], V> ? [MaybeOptionalInit<paths[P], V>?] : [MaybeOptionalInit<paths[P], V>]
) => Promise<V extends "head" ? { data: undefined; response: Response } : Answer<paths[P][V]>>;

/**
 * A client of one server for one user at a time. Any number of calls may be under way at once.
 *
 * - Signed in, every call has the token, which is refreshed when a tenth of its life is left or when the server does not take it,
 *   once for all calls that wait for it. When the session has ended, the call that finds out throws its 401, and nobody is signed in.
 * - 429, and 503 of a GET, are tried once more, after the wait that the server asks for.
 * - Every call takes an AbortSignal.
 */
export class Client {
  readonly GET: Method<"get">;
  readonly PUT: Method<"put">;
  readonly POST: Method<"post">;
  readonly PATCH: Method<"patch">;
  readonly DELETE: Method<"delete">;
  readonly HEAD: Method<"head">;
  readonly OPTIONS: Method<"options">;
  readonly #open: Requests;
  readonly #session: Session;

  constructor({ baseUrl = "", storage = memory(), patience = 5, fetch = (request) => globalThis.fetch(request) }: Options = {}) {
    const send = retrying(fetch, patience);
    this.#open = requests(baseUrl, send);
    this.#session = new Session(storage, (refreshToken) => this.#refresh(refreshToken, send));
    const signedIn = requests(baseUrl, authorized(this.#session, send));
    this.GET = method(signedIn, "GET");
    this.PUT = method(signedIn, "PUT");
    this.POST = method(signedIn, "POST");
    this.PATCH = method(signedIn, "PATCH");
    this.DELETE = method(signedIn, "DELETE");
    this.HEAD = method(signedIn, "HEAD");
    this.OPTIONS = method(signedIn, "OPTIONS");
  }

  /** Makes an account. It does not sign in. If the contract has no accounts, this and the next two methods cannot be called. */
  async signUp(account: Optional<"UserInput">, options: CallOptions = {}): Promise<Optional<"User">> {
    return (await this.#public("/signup", { ...options, body: account })) as Optional<"User">;
  }

  /** Signs in, instead of whoever was before, and returns the user's id. */
  async signIn(credentials: Optional<"Credentials">, options: CallOptions = {}): Promise<string> {
    const issued = (await this.#public("/signin", { ...options, body: credentials })) as Issued;
    await this.#session.start(issued);
    return issued.user_id;
  }

  /** Forgets the tokens and ends the session on the server. When that fails, the tokens are forgotten all the same. */
  async signOut(options: CallOptions = {}): Promise<void> {
    try {
      await (this.POST as Untyped)("/signout", options);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error; // the session has ended, as wanted
    } finally {
      await this.#session.end();
    }
  }

  /** Lists what the filter matches, at most 100 documents unless its `limit` says otherwise, and 1,000 at most. */
  async find<P extends ListPath, Sent extends Property<ResourceAt<P>>>(
    path: P, filter: Filter<ResourceAt<P>, Sent>, options: CallOptions = {},
  ): Promise<Document<ResourceAt<P>, Sent>[]> {
    return (await this.#list(path)(filter.parts, options.signal)) as Document<ResourceAt<P>, Sent>[];
  }

  /**
   * Iterates over the pages of all that the filter matches, its `limit` at most. Pages stay right while others write: no document
   * comes twice, and none is left out that was there all the time. Without an order they come by id, and so in the order of creation.
   */
  pages<P extends ListPath, Sent extends Property<ResourceAt<P>>>(
    path: P, filter: Filter<ResourceAt<P>, Sent>, options: PageOptions = {},
  ): AsyncGenerator<Document<ResourceAt<P>, Sent>[], void, undefined> {
    return pages(this.#list(path), filter, options);
  }

  /** Iterates over the documents of {@link pages}. */
  async *each<P extends ListPath, Sent extends Property<ResourceAt<P>>>(
    path: P, filter: Filter<ResourceAt<P>, Sent>, options: PageOptions = {},
  ): AsyncGenerator<Document<ResourceAt<P>, Sent>, void, undefined> {
    for await (const page of this.pages(path, filter, options)) yield* page;
  }

  #list<P extends ListPath>(path: P): List<ResourceAt<P>> {
    return async (filter, signal) => {
      const init = { params: { query: { filter } }, ...(signal && { signal }) };
      return (await (this.GET as Untyped)(path, init)).data as Record<string, unknown>[];
    };
  }

  /** Calls an operation of accounts, which the contract may lack. */
  async #public(path: string, init: object): Promise<unknown> {
    return (await call((this.#open.POST as unknown as (path: string, init: object) => Promise<Outcome>)(path, init))).data;
  }

  async #refresh(refreshToken: string, send: Send): Promise<Issued> {
    const init = {
      body: { refresh_token: refreshToken },
      fetch: (request: Request) => send(request, true), // the server takes it again for 10 seconds, and gives the same answer
      signal: AbortSignal.timeout(30_000), // others wait for it, whatever becomes of the call that asked
    };
    return (await this.#public("/refresh", init)) as Issued;
  }
}

type Requests = Fetch<paths, "application/json">;
type Untyped = (path: string, init: object) => Promise<{ data: unknown }>;

function requests(baseUrl: string, send: Send): Requests {
  return createClient<paths, "application/json">({ baseUrl, fetch: (request) => send(request), querySerializer: (parameters) => query(parameters) });
}

function method<V extends Verb>(client: Requests, verb: Uppercase<V>): Method<V> {
  return (async (path: string, init: Init = {}) => {
    const format = formats[`${verb} ${path}`] ?? {};
    const isJSON = (name: string, value: unknown) => isObject(value) || format.header?.[name] === "json";
    const header = Object.entries(init.params?.header ?? {}).map(([name, value]) => [name, isJSON(name, value) ? json(name, value) : value]);
    const { cookie: cookies, ...others } = init.params ?? {};
    const params = { ...others, header: { ...Object.fromEntries(header), ...(cookies && { Cookie: cookie(cookies) }) } };
    const querySerializer = (parameters: Record<string, unknown>) => query(withoutEmptyLists(parameters, format.query), format.query);
    const pathSerializer = (template: string, parameters: Record<string, unknown>) => pathOf(template, parameters, format.path);
    const defaults = { querySerializer, pathSerializer, ...(format.answer && { parseAs: format.answer }) };
    const written = init.body !== undefined && format.body && !init.bodySerializer ? bodyInit(...body(init.body, format.body), init.headers) : {};
    return call((client[verb] as (...args: unknown[]) => Promise<Outcome>)(path, { ...defaults, ...init, ...written, params }));
  }) as unknown as Method<V>;
}

/** Removes empty lists that are not in JSON: they are undefined (RFC 6570, section 2.3), and `name=` is a list of an empty string. */
function withoutEmptyLists(parameters: Record<string, unknown>, styles: Styles = {}): Record<string, unknown> {
  const isJSON = (name: string) => [undefined, "json"].includes(styles[name]);
  return Object.fromEntries(Object.entries(parameters).filter(([name, value]) => !Array.isArray(value) || value.length > 0 || isJSON(name)));
}

/** Returns the options for a body that is not application/json. The caller's header fields win. */
function bodyInit(body: unknown, media: string | null, headers: HeadersInit = {}): object {
  const own = headers instanceof Headers ? Object.fromEntries(headers) : headers;
  const duplex = body instanceof ReadableStream ? { duplex: "half" } : {};
  return { body, bodySerializer: (written: unknown) => written, headers: { "Content-Type": media, ...own }, ...duplex };
}

interface Init {
  params?: { path?: object; header?: object; cookie?: Record<string, unknown> };
  body?: unknown;
  bodySerializer?: unknown;
  headers?: HeadersInit;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

interface Outcome {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/** Throws what is not a success. 304 is one: the caller has asked for it. */
async function call<O extends Outcome>(request: Promise<O>): Promise<{ data: O["data"]; response: Response }> {
  const { data, error, response } = await request;
  if (!response.ok && response.status !== 304) throw new ApiError(response, error);
  return { data, response };
}
