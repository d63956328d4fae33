/** One group's hits as plain JSON, so that live code can keep them in a table between two runs. */
import type { Place, SourceName } from '../../model/log-event.ts';
import type { Hit } from '../schema.ts';

/** Which group of which window. */
export interface WindowRef {
  /** The group-by names, and the aliases behind them if any: stable while the rules stay. */
  readonly window: string;
  /** The group's values, joined by U+0000. */
  readonly key: string;
}

/** Time range (epoch ms) in which a cap dropped hits of a rule. */
export interface RuleCut {
  readonly rule: string;
  readonly from: number;
  readonly to: number;
}

/** A group's hits. Names, places and fields are written once and referred to by number. Plain JSON. */
export interface WindowSnapshot extends WindowRef {
  readonly version: 1;
  readonly rules: readonly string[];
  readonly sources: readonly SourceName[];
  readonly places: readonly Place[];
  readonly fields: readonly Hit['fields'][];
  /** rule, source, at (epoch ms), record id, action (0 = the record id), when, place, fields. */
  readonly hits: readonly (readonly [number, number, number, string, string | 0, number, number, number])[];
  /** rule, from, to (epoch ms): where hits were thinned out. */
  readonly cuts: readonly (readonly [number, number, number])[];
}

/** Hits and cuts of a group as a snapshot. */
export function toSnapshot(ref: WindowRef, hits: readonly Hit[], cuts: readonly RuleCut[]): WindowSnapshot {
  const rules = createTable<string>((name) => name);
  const sources = createTable<SourceName>((name) => name);
  const places = createTable<Place>(JSON.stringify);
  const fields = createTable<Hit['fields']>(JSON.stringify);
  const rows = hits.map(
    (hit) =>
      [
        rules.numberOf(hit.rule),
        sources.numberOf(hit.source),
        hit.at,
        hit.recordId,
        hit.action === hit.recordId ? 0 : hit.action,
        hit.when,
        places.numberOf(hit.place),
        fields.numberOf(hit.fields),
      ] as const,
  );
  const cutRows = cuts.map(({ rule, from, to }) => [rules.numberOf(rule), from, to] as const);
  return {
    version: 1,
    window: ref.window,
    key: ref.key,
    rules: rules.values,
    sources: sources.values,
    places: places.values,
    fields: fields.values,
    hits: rows,
    cuts: cutRows,
  };
}

/** The hits of a snapshot. Rows that refer to nothing are left out. */
export function hitsIn(snapshot: WindowSnapshot): Hit[] {
  return snapshot.hits.flatMap(([rule, source, at, recordId, action, when, place, fields]) => {
    const found = {
      rule: snapshot.rules[rule],
      source: snapshot.sources[source],
      place: snapshot.places[place],
      fields: snapshot.fields[fields],
    };
    if (!found.rule || !found.source || !found.place || !found.fields) return [];
    return [
      {
        rule: found.rule,
        recordId,
        action: action === 0 ? recordId : action,
        source: found.source,
        at,
        when,
        place: found.place,
        fields: found.fields,
      },
    ];
  });
}

/** Where a cap had dropped hits of a snapshot's group. */
export function cutsIn({ cuts, rules }: WindowSnapshot): RuleCut[] {
  return cuts.flatMap(([number, from, to]) => {
    const rule = rules[number];
    return rule === undefined ? [] : [{ rule, from, to }];
  });
}

function createTable<T>(keyOf: (value: T) => string): { values: T[]; numberOf: (value: T) => number } {
  const numbers = new Map<string, number>();
  const values: T[] = [];
  return {
    values,
    numberOf(value) {
      const key = keyOf(value);
      let number = numbers.get(key);
      if (number === undefined) {
        number = values.push(value) - 1;
        numbers.set(key, number);
      }
      return number;
    },
  };
}
