/** The body of a list: raw records joined to JSON. */

/** `$select` on one record; `id` only when asked for, as the logs do. */
export function selectFrom(
  record: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(record, name)).map((name) => [name, record[name]]));
}

/** The response without parsing the records again. `notes` are members before `value`. */
export function pageBody(notes: Readonly<Record<string, unknown>>, records: readonly Uint8Array[]): Buffer {
  const head = JSON.stringify(notes).slice(0, -1);
  const parts: Uint8Array[] = [Buffer.from(`${head}${head === '{' ? '' : ','}"value":[`)];
  records.forEach((record, index) => {
    if (index > 0) parts.push(COMMA);
    parts.push(record);
  });
  parts.push(Buffer.from(']}'));
  return Buffer.concat(parts);
}

const COMMA = Buffer.from(',');
