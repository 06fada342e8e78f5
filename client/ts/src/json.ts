/**
 * The JSON of a parameter. Throws a TypeError for what JSON leaves out or turns into null or {}: undefined, NaN, functions, Maps and the
 * like. A condition that lost its value would hold for everything.
 */
export function json(parameter: string, value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, name: string, member: unknown) {
    if (lost(member) || (member === null && this[name] !== null)) {
      const what = [parameter, name].filter((part) => part !== "").join(": ");
      throw new TypeError(`${what} is ${String(this[name])}, which has no JSON; leave it out, or use null or {} if that is meant. Nothing was sent`);
    }
    return member;
  });
}

function lost(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  if (typeof value === "object") return value !== null && !["[object Object]", "[object Array]"].includes(Object.prototype.toString.call(value));
  return !["string", "boolean"].includes(typeof value);
}
