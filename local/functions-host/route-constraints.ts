/** Constraints of route parameters, as ASP.NET Core defines them. */

/** Says whether a decoded value fits. */
export type Constraint = (value: string) => boolean;

const INT = /^[+-]?\d+$/;
const GUID = /^(\{|\()?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}(\}|\))?$/i;

/** By name, from the text between the parentheses. */
export const CONSTRAINTS: ReadonlyMap<string, (argument: string) => Constraint> = new Map<
  string,
  (argument: string) => Constraint
>([
  ['int', () => (value) => isWhole(value, 31n)],
  ['long', () => (value) => isWhole(value, 63n)],
  ['bool', () => (value) => /^(true|false)$/i.test(value)],
  ['guid', () => (value) => GUID.test(value)],
  ['alpha', () => (value) => /^[a-z]*$/i.test(value)],
  ['decimal', () => isNumber],
  ['double', () => isNumber],
  ['float', () => isNumber],
  ['datetime', () => (value) => !Number.isNaN(Date.parse(value))],
  ['min', (argument) => (value) => INT.test(value) && Number(value) >= Number(argument)],
  ['max', (argument) => (value) => INT.test(value) && Number(value) <= Number(argument)],
  ['range', (argument) => between(argument, (value) => (INT.test(value) ? Number(value) : Number.NaN))],
  ['minlength', (argument) => (value) => value.length >= Number(argument)],
  ['maxlength', (argument) => (value) => value.length <= Number(argument)],
  [
    'length',
    (argument) => between(argument.includes(',') ? argument : `${argument},${argument}`, (value) => value.length),
  ],
  ['regex', (argument) => regex(argument)],
  ['required', () => (value) => value !== ''],
]);

function isWhole(value: string, bits: bigint): boolean {
  if (!INT.test(value)) return false;
  const number = BigInt(value.replace(/^\+/, ''));
  return number >= -(2n ** bits) && number < 2n ** bits;
}

function isNumber(value: string): boolean {
  return value.trim() !== '' && Number.isFinite(Number(value));
}

function between(argument: string, measure: (value: string) => number): Constraint {
  const [least = Number.NaN, most = Number.NaN] = argument.split(',').map(Number);
  return (value) => measure(value) >= least && measure(value) <= most;
}

/** Braces are doubled in templates: `regex(^\\d{{4}}$)`. */
function regex(argument: string): Constraint {
  const pattern = new RegExp(argument.replaceAll('{{', '{').replaceAll('}}', '}'), 'i');
  return (value) => pattern.test(value);
}
