/** Counts over findings. */
import { type Finding, OUTCOMES, type Outcome } from '../model/finding.ts';

/** Totals over findings in the words of the reference campaign; a person counts once, by the worst outcome. */
export function totals(findings: readonly Pick<Finding, 'person' | 'outcome' | 'attempts'>[]): {
  attempts: number;
  identified: number;
  attacked: number;
  compromised: number;
} {
  const worst = new Map<string, number>();
  for (const finding of findings) {
    worst.set(finding.person, Math.max(worst.get(finding.person) ?? 0, OUTCOMES.indexOf(finding.outcome)));
  }
  const atLeast = (outcome: Outcome) => [...worst.values()].filter((rank) => rank >= OUTCOMES.indexOf(outcome)).length;
  return {
    attempts: findings.reduce((sum, finding) => sum + finding.attempts, 0),
    identified: atLeast('identified'),
    attacked: atLeast('attacked'),
    compromised: atLeast('compromised'),
  };
}
