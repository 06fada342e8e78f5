// Starts the explorer: Swagger UI with the plugin, and the session at the top.

import { showAccount } from './account.js';
import { base } from './api.js';
import { accountOperations, accountScheme, download, isPublic, load } from './contract.js';
import { nameControls } from './names.js';
import { plugin } from './plugin.js';
import * as session from './session.js';
import { showForm, useOperations } from './signin.js';

const state = document.getElementById('state');
let ui, starting, signIn;
let scheme; // the security scheme that tokens of the sign-in are for

showAccount();
showForm();
document.querySelectorAll('a[download]').forEach(download);
nameControls(document.querySelector('main'));
session.watch(follow);

/** Shows what the current user may see. */
async function follow() {
  if (ui) return session.current() ? authorize(session.current().token) : leave();
  starting ??= start().finally(() => { starting = undefined; });
}

async function start() {
  const asker = session.current();
  try {
    const contract = await load();
    const operations = contract && accountOperations(contract);
    signIn = operations?.signIn;
    scheme = contract && accountScheme(contract);
    useOperations(operations);
    if (contract) return show(contract);
    state.textContent = 'Sign in to see the API.';
  } catch {
    state.textContent = 'The contract cannot be loaded. Is the server running? Reload the page to try again.';
  }
  if (session.current() !== asker) setTimeout(follow); // the user has changed
}

function show(contract) {
  state.hidden = true;
  ui = SwaggerUIBundle({
    dom_id: '#explorer',
    spec: contract,
    queryConfigEnabled: false, // otherwise a link with ?url= could show another API on this page
    validatorUrl: null,
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    syntaxHighlight: { theme: 'obsidian' },
    plugins: [plugin(contract)],
    requestInterceptor: renew,
    responseInterceptor: learn,
    onComplete: () => {
      if (session.current()) authorize(session.current().token);
      ui.getStore().subscribe(learnToken);
    },
  });
}

/** Adopts tokens that are entered or removed in the Authorize dialog. */
function learnToken() {
  if (!ui || !scheme) return;
  const token = ui.authSelectors.authorized().getIn([scheme, 'value']);
  if (token === session.current()?.token) return;
  if (token) {
    session.start({ token });
  } else {
    session.signOut();
  }
}

function authorize(value) {
  const schema = scheme && ui.specSelectors.securityDefinitions()?.get(scheme);
  if (schema && ui.authSelectors.authorized().getIn([scheme, 'value']) !== value) {
    ui.authActions.authorize({ [scheme]: { name: scheme, schema, value } });
  }
}

/** Hides the contract after a sign-out unless it is public. */
async function leave() {
  ui.authActions.logout([scheme]);
  if (await isPublic()) return;
  ui = undefined;
  const empty = document.createElement('div');
  empty.id = 'explorer';
  document.getElementById('explorer').replaceWith(empty);
  state.hidden = false;
  follow();
}

/** Renews a token that is about to expire before a request is sent. */
async function renew(request) {
  const old = `Bearer ${session.current()?.token}`;
  const token = await session.fresh();
  if (token && request.headers?.Authorization === old) request.headers.Authorization = `Bearer ${token}`;
  return request;
}

/** Adopts sign-ins and sign-outs by Try it out. */
function learn(response) {
  const url = new URL(response.url, location.href).href;
  if (response.status === 200 && [base + signIn?.path, `${base}/refresh`].includes(url)) {
    session.start(response.body ?? {});
  } else if (response.status === 204 && url === `${base}/signout`) {
    session.end();
  } else if (response.status === 401) {
    session.check(); // the token may just have expired
  }
  return response;
}
