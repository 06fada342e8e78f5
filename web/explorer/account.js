// The sign-in form, and the signed-in user.

import * as session from './session.js';

const element = (id) => document.getElementById(id);
const form = element('sign-in'), account = element('account'), notice = element('notice');

export function showAccount() {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const enter = event.submitter?.value === 'sign-up' ? session.signUp : session.signIn;
    submit(enter, Object.fromEntries(new FormData(form)));
  });
  element('sign-out').addEventListener('click', session.signOut);
  session.watch(show);
  setInterval(showTime, 1000);
}

async function submit(enter, credentials) {
  form.inert = true;
  notice.textContent = '';
  try {
    await enter(credentials);
    form.reset();
  } catch (problem) {
    notice.textContent = sentences(problem);
  } finally {
    form.inert = false;
  }
}

/** Returns the errors of each field if there are any, else the message. */
function sentences({ message, details = [], retryAfter }) {
  const fields = details.map((detail) => `${detail.path.replace(/^\//, '')}: ${detail.message}`);
  const again = retryAfter ? [`Try again in ${retryAfter} seconds`] : [];
  return [...(fields.length ? fields : [message]), ...again].join('. ');
}

function show() {
  const now = session.current();
  form.hidden = Boolean(now);
  account.hidden = !now;
  notice.textContent = session.warning();
  if (now) {
    element('who').textContent = now.email ? `Signed in as ${now.email}` : 'Signed in';
    element('scopes').textContent = session.claims(now.token).scope ?? '';
  }
  showTime();
}

function showTime() {
  const now = session.current();
  if (!now) return;
  const seconds = Math.max(0, Math.round((now.expires - Date.now()) / 1000));
  const left = seconds >= 90 ? `${Math.round(seconds / 60)} min left` : `${seconds} s left`;
  element('left').textContent = now.refreshToken ? `${left}, renews itself` : left;
}
