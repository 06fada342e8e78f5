'use strict';

// The security scheme of the contract that the token of POST /signin is for.
const scheme = 'bearerAuth';

const ui = SwaggerUIBundle({
  dom_id: '#explorer',
  url: './openapi.json',
  queryConfigEnabled: false, // or a link with ?url= shows a stranger's API under our name
  validatorUrl: null,
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  persistAuthorization: true,
  responseInterceptor: (response) => {
    if (isSignIn(response)) {
      authorize(response.body?.token);
    } else if (response.status === 401) {
      showSession(); // the token may just have expired
    }
    return response;
  },
});

const session = document.getElementById('session');
const signOut = document.getElementById('sign-out');
let token; // of the caller; undefined is nobody

signOut.addEventListener('click', () => ui.authActions.logoutWithPersistOption([scheme]));
ui.getStore().subscribe(() => {
  const current = ui.authSelectors.authorized().getIn([scheme, 'value']);
  if (current !== token) {
    token = current;
    showSession();
  }
});

function isSignIn(response) {
  const url = new URL(response.url, location.href);
  return response.status === 200 && url.origin === location.origin && url.pathname.endsWith('/signin');
}

// authorize does what the Authorize dialog does. preauthorizeApiKey would forget the token at a reload.
function authorize(value) {
  const schema = ui.specSelectors.securityDefinitions()?.get(scheme);
  if (schema && typeof value === 'string') {
    ui.authActions.authorizeWithPersistOption({ [scheme]: { name: scheme, schema, value } });
  }
}

async function showSession() {
  const asked = token;
  signOut.hidden = !asked;
  session.textContent = asked ? 'Signed in' : 'Not signed in';
  if (!asked) {
    return;
  }
  const text = await describe(asked);
  if (asked === token) { // nobody signed out or in meanwhile
    session.textContent = text;
  }
}

async function describe(token) {
  try {
    const answer = await fetch('../users/me', { headers: { Authorization: `Bearer ${token}` } });
    if (answer.status === 401) {
      return 'Token invalid or expired';
    }
    const user = answer.ok ? await answer.json() : {};
    return user.email || user.id ? `Signed in as ${user.email || user.id}` : 'Signed in';
  } catch {
    return 'Signed in'; // offline, or no such operation: the next request will tell
  }
}
