/** Records of which only some members are known. */

/** What is known: dotted path of a member → its value. An object whose members are listed is known only in these. */
export type KnownMembers = ReadonlyMap<string, unknown>;

/** Thrown when a member is read that is not known. */
export class UnknownMember extends Error {
  /** Dotted path of the member. */
  readonly path: string;

  constructor(path: string) {
    super(`${path} is not known`);
    this.name = 'UnknownMember';
    this.path = path;
  }
}

const thrown = new Map<string, UnknownMember>();

/** One error per path, made once: a stack trace costs more than all that is asked of a line. */
function unknownMember(path: string): UnknownMember {
  const known = thrown.get(path);
  if (known) return known;
  const error = new UnknownMember(path);
  if (thrown.size < 1000) thrown.set(path, error);
  return error;
}

/**
 * A record that answers from `known` and throws `UnknownMember` for everything else. `members` are those that could
 * become known; `onRead` hears of each answer.
 */
export function knownRecord(
  known: KnownMembers,
  members: readonly string[],
  onRead: (path: string) => void = () => undefined,
): Readonly<Record<string, unknown>> {
  return objectAt('');

  function objectAt(prefix: string): Record<string, unknown> {
    const unknown = (): never => {
      throw unknownMember(prefix === '' ? 'record' : prefix.slice(0, -1));
    };
    return new Proxy(
      {},
      {
        get(_, key) {
          const path = `${prefix}${String(key)}`;
          if (known.has(path)) {
            onRead(path);
            return known.get(path);
          }
          const below = members.filter((member) => member.startsWith(`${path}.`));
          // That it is an object at all is known once one of its members is.
          if (below.some((member) => known.has(member))) return objectAt(`${path}.`);
          throw unknownMember(below[0] ?? path);
        },
        has: unknown,
        ownKeys: unknown,
        getOwnPropertyDescriptor: unknown,
        getPrototypeOf: unknown,
      },
    );
  }
}

/** Derived fields by path; of several functions, each yields a part of the field's values. */
export type Derive = Readonly<Record<string, Derivation | readonly Derivation[]>>;
type Derivation = (record: Readonly<Record<string, unknown>>) => unknown;

/**
 * The event's fields of such a record: those that the source derives are derived (`part` says by which of several
 * functions), `postern` fields that it does not derive are unknown, and the rest is as in the record.
 */
export function knownFields(
  record: Readonly<Record<string, unknown>>,
  derive: Derive,
  part = 0,
): Readonly<Record<string, unknown>> {
  return fieldsAt('', record);

  function fieldsAt(prefix: string, below: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
    const unknown = (): never => {
      throw unknownMember(prefix === '' ? 'record' : prefix.slice(0, -1));
    };
    return new Proxy(
      {},
      {
        get(_, key) {
          const path = `${prefix}${String(key)}`;
          if (Object.hasOwn(derive, path)) return [derive[path] ?? []].flat()[part]?.(record);
          const isParent = path === 'postern' || Object.keys(derive).some((other) => other.startsWith(`${path}.`));
          if (isParent) return fieldsAt(`${path}.`, undefined);
          if (!below) throw unknownMember(path);
          return below[String(key)];
        },
        has: unknown,
        ownKeys: unknown,
        getOwnPropertyDescriptor: unknown,
        getPrototypeOf: unknown,
      },
    );
  }
}
