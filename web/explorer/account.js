// The signed-in user, at the top of the page.

import * as session from './session.js';

const element = (id) => document.getElementById(id);

export function showAccount() {
  element('sign-out').addEventListener('click', session.signOut);
  session.watch(show);
  setInterval(showTime, 1000);
}

function show() {
  const now = session.current();
  element('account').hidden = !now;
  element('notice').textContent = session.warning();
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
