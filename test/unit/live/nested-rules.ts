/** Chains over chains, across persons: none come with Postern, and anybody may write them. */

const rule = (name: string, correlation: string) => `title: ${name}
name: ${name}
correlation:
${correlation}
level: high
postern:
  outcome: attacked
`;

/** A campaign over what chains concluded about persons; one over another campaign; a chain that starts with a campaign. */
export const NESTED_RULES: readonly string[] = [
  rule(
    'gates-on-one-network',
    `  type: value_count
  rules: [sspr-gate-tried]
  group-by: [postern.network]
  timespan: 9d
  generate: true
  condition: { field: postern.person, gte: 3 }`,
  ),
  rule(
    'bursts-on-one-network',
    `  type: value_count
  rules: [probe-burst]
  group-by: [postern.network]
  timespan: 9d
  generate: true
  condition: { field: postern.ip, gte: 1 }`,
  ),
  rule(
    'burst-then-gate',
    `  type: temporal_ordered
  rules: [probe-burst, sspr-gate-started-new-place]
  group-by: [postern.person]
  timespan: 6d
  generate: true`,
  ),
];
