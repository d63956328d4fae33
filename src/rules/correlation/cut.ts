/** Where a cap thinned out the hits of a group, so that matches can say so. */

/** Time range in which hits were thinned out, epoch ms. */
export interface Cut {
  readonly from: number;
  readonly to: number;
}

/** Something that hits were thinned out of. */
export interface Thinned {
  /** Rule number → where its hits were thinned out; undefined = nowhere. */
  cuts: Map<number, Cut> | undefined;
}

/** Notes that hits of a rule were thinned out. */
export function markCut(group: Thinned, rule: number, { from, to }: Cut): void {
  group.cuts ??= new Map();
  const known = group.cuts.get(rule);
  if (known && known.from <= from && known.to >= to) return;
  group.cuts.set(rule, { from: Math.min(from, known?.from ?? from), to: Math.max(to, known?.to ?? to) });
}

/** True when hits of one of the rules were thinned out between the two instants. */
export function isCut(group: Thinned, rules: readonly number[], from: number, to: number): boolean {
  return rules.some((rule) => {
    const cut = group.cuts?.get(rule);
    return cut !== undefined && cut.from <= to && cut.to >= from;
  });
}
