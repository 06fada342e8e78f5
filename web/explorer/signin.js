// The form to sign in and to create an account. It has the properties of the contract's sign-up; without a contract, those of the page.
// Properties that the sign-in does not have are additional: they are hidden until an account cannot be created without them.

import { send } from './api.js';
import { canEnter, constrain, elementOf, inputOf, valueOf } from './fields.js';
import * as session from './session.js';

const form = document.getElementById('sign-in'), notice = document.getElementById('notice');
const signInButton = form.querySelector('[value=sign-in]'), signUpButton = form.querySelector('[value=sign-up]');
const inputs = [...form.querySelectorAll('input')]; // of the page
const names = inputs.map((input) => input.name);
const body = { properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])), required: names };
const usual = { signUp: { method: 'POST', path: '/signup', body }, signIn: { method: 'POST', path: '/signin', body } };

let signUp, signIn; // operations, as contract.js returns them
let fields = []; // {name, schema, required, input, element}
let expanded; // Create account shows the additional fields

export function showForm() {
  form.addEventListener('click', (event) => { // before the browser validates the form
    const button = event.target.closest('button');
    if (button) prepare(event, button === signUpButton);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit(event.submitter === signUpButton);
  });
  useOperations();
  session.watch(show);
}

/** Makes the form for the operations of a contract; without them, for those that are usual. */
export function useOperations(operations = usual) {
  ({ signUp, signIn } = operations);
  const { properties, required } = (signUp ?? signIn)?.body ?? body;
  const old = fields;
  // openapi.json has properties in alphabetical order, but required ones in that of the contract.
  const order = new Set([...(signIn?.body.required ?? []), ...required, ...(signUp ? Object.keys(properties) : [])]);
  fields = [...order]
    .filter((name) => Object.hasOwn(properties, name) && canEnter(properties[name]))
    .map((name) => fieldOf(name, properties[name], required.includes(name)));
  place(fields.map(({ element }) => element), [...inputs, ...old.map(({ element }) => element)]);
  signUpButton.hidden = !signUp;
  reset();
  show();
}

function fieldOf(name, schema, required) {
  const existing = inputs.find((input) => input.name === name), input = existing ?? inputOf(name, schema, required);
  if (existing && schema.title) existing.placeholder = existing.ariaLabel = schema.title;
  if (!existing && !(name in form)) input.name = name; // a name such as reset would hide a member of the form
  input.title = schema.description ?? '';
  return { name, schema, required, input, element: existing ?? elementOf(input) };
}

/** Replaces the old elements. It does not move those that are in place, since one of them may have the focus. */
function place(elements, old) {
  for (const element of old) if (!elements.includes(element)) element.remove();
  let at = form.firstElementChild;
  for (const element of elements) {
    if (element === at) at = at.nextElementSibling;
    else at.before(element);
  }
}

function show() {
  form.hidden = Boolean(session.current()) || !signIn;
}

function reset() {
  expanded = false;
  ask(false);
}

/** Has the form ask for what the operation needs, and shows more fields if it cannot be sent without them. */
function prepare(event, signingUp) {
  notice.textContent = signingUp ? obstacle() : '';
  if (notice.textContent) return event.preventDefault();
  ask(signingUp);
  if (!signingUp || expanded || form.checkValidity()) return;
  expanded = true;
  ask(signingUp);
}

/** Returns why the form cannot create accounts; empty if it can. */
function obstacle() {
  const { method, path, body: { properties, required } } = signUp;
  const missing = required.filter((name) => !fields.some((field) => field.name === name) && !properties[name]?.readOnly);
  if (!missing.length) return '';
  return `The explorer cannot create accounts, because it has no field for ${missing.join(', ')}. Use ${method} ${path} below.`;
}

function ask(signingUp) {
  const { properties, required } = (signingUp ? signUp : signIn)?.body ?? body;
  for (const { name, schema, input, element } of fields) {
    const additional = !signIn || !Object.hasOwn(signIn.body.properties, name);
    input.disabled = !Object.hasOwn(properties, name);
    element.hidden = additional && !(signingUp && expanded);
    if (input.type === 'password') input.autocomplete = signingUp ? 'new-password' : 'current-password';
    constrain(input, signingUp ? schema : {}, required.includes(name));
  }
  // Enter presses the first button. The one that is moved does not have the focus.
  const [first, second] = signingUp && expanded ? [signUpButton, signInButton] : [signInButton, signUpButton];
  if (first.nextElementSibling !== second) first.after(second);
  first.classList.add('primary');
  second.classList.remove('primary');
}

async function submit(signingUp) {
  form.inert = true;
  try {
    if (signingUp) await send(signUp.method, signUp.path, { body: bodyOf(signUp) });
    await session.signIn(signIn, bodyOf(signIn));
    form.reset();
    reset();
  } catch (problem) {
    notice.textContent = sentences(problem);
  } finally {
    form.inert = false;
  }
}

const bodyOf = ({ body: { properties } }) => Object.fromEntries(fields
  .filter(({ name }) => Object.hasOwn(properties, name))
  .map((field) => [field.name, valueOf(field)])); // JSON has no undefined

/** Returns the errors of each field if there are any, else the message. */
function sentences({ message, details = [], retryAfter }) {
  const errors = details.map((detail) => `${detail.path.replace(/^\//, '')}: ${detail.message}`);
  const again = retryAfter ? [`Try again in ${retryAfter} seconds`] : [];
  return [...(errors.length ? errors : [message]), ...again].join('. ');
}
