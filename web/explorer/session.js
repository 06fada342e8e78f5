// The session of the signed-in user: it renews the tokens. It does not depend on the page.
//
// Tokens are in sessionStorage: they survive a reload and end with the tab. A refresh token is valid for a month, too long
// for localStorage on a shared computer. Open tabs share one session by messages; if two of them refresh at the same time, the
// server returns the same new tokens to both.

import { base, Problem, send } from './api.js';

const name = `explorer.session ${base}`; // pages of other servers on this origin have their own session
const answerTime = 200; // milliseconds that other tabs have to tell what they know
const channel = new BroadcastChannel(name);
const listeners = [];

let session = read(); // {token, refreshToken, expires, renew, since, email}; undefined is nobody
let notice = '';
let timer, refreshing;

/** Who is signed in; undefined is nobody. Times are in milliseconds since 1970. */
export const current = () => session;

/** Why the session has ended, or an error of the session; empty otherwise. */
export const warning = () => notice;

/** Calls the listener now and whenever something changed. */
export function watch(listener) {
  listeners.push(listener);
  listener();
}

/** Signs in by an operation of the contract. */
export async function signIn({ method, path }, credentials) {
  start(await send(method, path, { body: credentials }));
}

/** Starts or continues the session in a response of the sign-in or of POST /refresh. */
export function start({ token, refresh_token: refreshToken, expires_in: seconds }) {
  if (typeof token !== 'string') return;
  const now = Date.now(), life = (seconds ?? claims(token).exp - now / 1000) * 1000 || 0;
  const email = claims(token).sub === claims(session?.token).sub ? session?.email : undefined;
  change({ token, refreshToken, email, since: now, expires: now + life, renew: now + life - Math.min(60_000, life / 5) });
  channel.postMessage(session);
}

/** Forgets the tokens, here and in all tabs, and ends the session on the server when it can be reached. */
export async function signOut() {
  const { token } = session ?? {};
  end();
  await send('POST', '/signout', { token }).catch(() => {}); // it may have ended already
}

/** Forgets the tokens and says why. */
export function end(why = '') {
  change(undefined, why);
  channel.postMessage('nobody');
}

/** The token, after a refresh when that is due; undefined is nobody. */
export async function fresh() {
  if (due()) await refresh();
  return session?.token;
}

/** Checks whose token it is, and whether it is valid. */
export async function check() {
  const asked = session;
  if (!asked) return;
  try {
    const user = await send('GET', '/users/me', { token: asked.token });
    if (session === asked) change({ ...asked, email: user.email ?? user.id });
  } catch (problem) {
    if (problem.status !== 401 || session !== asked) return;
    if (!asked.refreshToken) return change(asked, 'The token is invalid or has expired');
    session.renew = 0;
    await refresh();
  }
}

/** Returns the unverified claims of a token, for display only. */
export function claims(token = '') {
  try {
    return JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return {};
  }
}

const due = () => Boolean(session?.refreshToken) && Date.now() >= session.renew;

/** One refresh at a time, however many wait for it. */
function refresh() {
  refreshing ??= exchange().finally(() => { refreshing = undefined; });
  return refreshing;
}

async function exchange() {
  channel.postMessage('who');
  await new Promise((done) => setTimeout(done, answerTime));
  const turn = navigator.locks ? (f) => navigator.locks.request(name, f) : (f) => f(); // no locks on plain http
  await turn(async () => {
    if (!due()) return; // another tab did
    const old = session;
    try {
      const answer = await send('POST', '/refresh', { body: { refresh_token: old.refreshToken } });
      if (session === old) start(answer);
    } catch (problem) {
      if (session === old) refused(problem);
    }
  });
}

function refused(problem) {
  if (!(problem instanceof Problem)) throw problem;
  if (problem.status === 401) return end('You were signed out: the session has ended. Sign in again.');
  change({ ...session, renew: Date.now() + Math.max(problem.retryAfter, 5) * 1000 }, `${problem.message}. The session is renewed as soon as possible.`);
}

function change(to, why = '') {
  session = to;
  notice = why;
  if (session) {
    sessionStorage.setItem(name, JSON.stringify(session));
  } else {
    sessionStorage.removeItem(name);
  }
  plan();
  for (const listener of listeners) listener();
  if (session && !session.email && !why) check();
}

function plan() {
  clearTimeout(timer);
  if (session?.refreshToken) {
    timer = setTimeout(fresh, Math.min(Math.max(session.renew - Date.now(), 0), 2 ** 31 - 1));
  }
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(name)) ?? undefined;
  } catch {
    return undefined;
  }
}

channel.addEventListener('message', ({ data }) => {
  if (data === 'who') {
    if (session) channel.postMessage(session);
  } else if (data === 'nobody') {
    if (session) change(undefined);
  } else if (!session || data.since > session.since) {
    change(data);
  }
});
document.addEventListener('visibilitychange', () => { if (!document.hidden) fresh(); }); // timers of hidden tabs are late
plan();
if (session) {
  check();
} else {
  channel.postMessage('who');
}
