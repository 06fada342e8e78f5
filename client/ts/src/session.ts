import { ApiError } from "./error.js";
import { abortable, type Send } from "./retry.js";

/** The response of a sign-in or a refresh. */
export interface Issued {
  token: string;
  refresh_token: string;
  user_id: string;
  /** In seconds. */
  expires_in: number;
}

/** What a sign-in gave, and when to get the next. JSON can hold it. */
export interface Tokens {
  /** Sent as `Authorization: Bearer`. */
  token: string;
  /** Good for one refresh. Whoever has it is signed in: keep it as a password is kept. */
  refresh_token: string;
  /** The id of the user who is signed in. */
  user_id: string;
  /** When to refresh, in milliseconds of this machine's clock: when a tenth of the token's life is left. */
  renew_at: number;
}

/**
 * Where tokens are kept. Pages of one origin may share one: the server takes a refresh token that two of them use at once.
 * Both functions may be called at any time and concurrently.
 */
export interface TokenStorage {
  /** The tokens that were last set, undefined when there are none. */
  get(): Tokens | undefined | Promise<Tokens | undefined>;
  /** Keeps tokens; undefined forgets them. */
  set(tokens: Tokens | undefined): void | Promise<void>;
}

/** Keeps tokens until the program, or the page, ends. */
export function memory(): TokenStorage {
  let kept: Tokens | undefined;
  return {
    get: () => kept,
    set: (tokens) => void (kept = tokens),
  };
}

/** Keeps a user signed in. */
export class Session {
  readonly #storage: TokenStorage;
  readonly #refresh: (refreshToken: string) => Promise<Issued>;
  /** The refreshes under way, by refresh token: all who need one wait for the same. */
  readonly #renewals = new Map<string, Promise<Tokens | undefined>>();

  constructor(storage: TokenStorage, refresh: (refreshToken: string) => Promise<Issued>) {
    this.#storage = storage;
    this.#refresh = refresh;
  }

  /** Keeps what a sign-in gave. */
  async start(answer: Issued): Promise<void> {
    await this.#storage.set(tokens(answer));
  }

  /** Forgets the tokens. */
  async end(): Promise<void> {
    await this.#storage.set(undefined);
  }

  /**
   * Tokens to send, refreshed when they are about to expire; undefined when nobody is signed in. When no refresh can be had just now
   * they are the old ones, which may be good for a while yet.
   */
  async fresh(signal: AbortSignal): Promise<Tokens | undefined> {
    const kept = await this.#storage.get();
    if (!kept || kept.renew_at > Date.now()) return kept;
    try {
      return await this.renew(kept, signal);
    } catch (error) {
      if (signal.aborted || ended(error)) throw error;
      return kept;
    }
  }

  /** The tokens after these, which the server no longer takes. A session that has ended is forgotten, and its 401 thrown. */
  renew(stale: Tokens, signal: AbortSignal): Promise<Tokens | undefined> {
    let renewal = this.#renewals.get(stale.refresh_token);
    if (!renewal) {
      renewal = this.#renew(stale).finally(() => this.#renewals.delete(stale.refresh_token));
      this.#renewals.set(stale.refresh_token, renewal);
    }
    return abortable(renewal, signal);
  }

  async #renew(stale: Tokens): Promise<Tokens | undefined> {
    const kept = await this.#storage.get();
    if (kept?.token !== stale.token) return kept; // somebody was faster
    try {
      const next = tokens(await this.#refresh(stale.refresh_token));
      await this.#replace(stale, next);
      return next;
    } catch (error) {
      if (ended(error)) await this.#replace(stale, undefined);
      throw error;
    }
  }

  /** Leaves alone what a sign-in or a sign-out has put there in the meantime. */
  async #replace(stale: Tokens, next: Tokens | undefined): Promise<void> {
    const kept = await this.#storage.get();
    if (kept?.refresh_token === stale.refresh_token) await this.#storage.set(next);
  }
}

/** Whether a refresh has failed because there is no session any more. */
function ended(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

function tokens({ token, refresh_token, user_id, expires_in }: Issued): Tokens {
  return { token, refresh_token, user_id, renew_at: Date.now() + expires_in * 900 };
}

/**
 * Sends requests with the session's token, once more with the next one if the server does not take it: a 401 is given before
 * anything is done. A request that has an Authorization of its own is left alone.
 */
export function authorized(session: Session, send: Send): Send {
  return async (request) => {
    const tokens = request.headers.has("Authorization") ? undefined : await session.fresh(request.signal);
    if (!tokens) return send(request);
    const response = await send(bearing(tokens, request));
    if (response.status !== 401) return response;
    const next = await session.renew(tokens, request.signal);
    if (next?.user_id !== tokens.user_id) return response; // signed out, or in as somebody else, whose request it is not
    await response.body?.cancel();
    return send(bearing(next, request));
  };
}

function bearing({ token }: Tokens, request: Request): Request {
  const copy = request.clone();
  copy.headers.set("Authorization", `Bearer ${token}`);
  return copy;
}
