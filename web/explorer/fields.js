// The inputs of the sign-in form, made from the schemas of the contract.

const types = ['string', 'integer', 'number', 'boolean'];

/** Reports whether a property can be entered: one value, which the server does not set. */
export const canEnter = (schema) => !schema.readOnly && (types.includes(schema.type) || Boolean(schema.enum));

/** Returns a new input for a property, or a select if the schema lists the values. */
export function inputOf(name, schema, required) {
  const text = schema.title ?? words(name), hint = required ? text : `${text} (optional)`;
  const input = schema.enum ? select(hint, schema.enum) : document.createElement('input');
  if (!schema.enum) Object.assign(input, { type: typeOf(schema), placeholder: hint, defaultChecked: schema.default === true });
  if (input.type === 'number') limitNumber(input, schema);
  input.ariaLabel = text;
  return input;
}

function typeOf({ type, format = '' }) {
  if (type === 'boolean') return 'checkbox';
  if (type !== 'string') return 'number';
  if (format.endsWith('password')) return 'password';
  return format === 'email' ? 'email' : 'text';
}

function select(hint, values) {
  const list = document.createElement('select');
  list.append(new Option(hint, ''), ...values.filter((value) => value !== null).map((value) => new Option(value, value)));
  return list;
}

/** Returns what the form shows for an input: the input, or a checkbox with its text. */
export function elementOf(input) {
  if (input.type !== 'checkbox') return input;
  const label = document.createElement('label');
  label.append(input, input.ariaLabel);
  return label;
}

function limitNumber(input, { type, minimum, maximum }) {
  const whole = type === 'integer';
  input.step = whole ? 1 : 'any';
  set(input, 'min', whole && minimum !== undefined ? Math.ceil(minimum) : minimum); // steps are counted from min
  set(input, 'max', maximum);
}

/** Sets what the browser checks before the form is sent. */
export function constrain(input, { minLength, maxLength, pattern }, required) {
  input.required = required && input.type !== 'checkbox'; // a required checkbox would have to be checked
  set(input, 'minlength', minLength);
  set(input, 'maxlength', input.type === 'password' ? undefined : maxLength); // a password that is pasted must not be cut off
  set(input, 'pattern', pattern && htmlPattern(pattern));
}

/** Returns the pattern as HTML has it, which matches the whole value with the flag v; undefined if that is no valid pattern. */
function htmlPattern(pattern) {
  try {
    new RegExp(pattern, 'v');
    return `.*(?:${pattern}).*`;
  } catch {
    return undefined;
  }
}

function set(input, attribute, value) {
  if (value === undefined) {
    input.removeAttribute(attribute);
  } else {
    input.setAttribute(attribute, value);
  }
}

/** Returns the value as JSON has it; undefined if nothing was entered. */
export function valueOf({ input, schema, required }) {
  if (input.type === 'checkbox') return required || input.checked !== input.defaultChecked ? input.checked : undefined;
  if (input.value === '') return undefined;
  if (schema.enum) return schema.enum.find((value) => String(value) === input.value);
  return input.type === 'number' ? input.valueAsNumber : input.value;
}

/** Returns the name of a property as a person would write it: "Phone number" for phone_number and phoneNumber. */
function words(name) {
  const text = name.replace(/[_-]+|(?<=[a-z\d])(?=[A-Z])/g, ' ').toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
