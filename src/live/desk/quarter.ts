/** The transparency report of a quarter, from the stored findings and the ledger. Reads all of both. */
import {
  type Quarter,
  type ReportedFinding,
  type TransparencyReport,
  transparencyReport,
} from '../../report/transparency.ts';
import type { FindingSummary } from '../findings.ts';
import type { DeskPorts } from './desk-ports.ts';
import { words } from './overview.ts';
import { isReached, NO_WORD, type PersonWord, reachOf, tellingsOf } from './reach.ts';

/** See src/report/transparency.ts. @throws UpstreamError */
export async function quarterReport(ports: DeskPorts, quarter: Quarter): Promise<TransparencyReport> {
  const { findings } = await ports.findings.list({ since: quarter.from }, Number.POSITIVE_INFINITY);
  const own = findings.filter((one) => one.tell !== undefined && one.desk?.reason !== 'false-alarm');
  const told = new Map<string, PersonWord>();
  for await (const [person, word] of words(ports.rows)) told.set(person, word);
  return transparencyReport(
    own.map((summary) => toReported(summary, told.get(summary.person) ?? NO_WORD)),
    { quarter, organization: ports.settings.POSTERN_ORGANIZATION, now: ports.clock.now() },
  );
}

function toReported(summary: FindingSummary, word: PersonWord): ReportedFinding {
  const { id, formerIds, person, attempts, techniques, first, tell, outcome } = summary;
  const ids = [id, ...formerIds];
  const references = new Set(tellingsOf(word, ids).map(({ reference }) => reference));
  const taken = word.deliveries
    .filter(({ notice }) => references.has(notice.reference))
    .flatMap(({ times }) => times.accepted ?? times.delivered ?? []);
  const at = taken.length > 0 ? new Date(Math.min(...taken.map((one) => one.getTime()))) : undefined;
  return {
    ...{ person, attempts, techniques, first },
    outcome: tell ?? outcome,
    ...(at && { notifiedAt: at }),
    reached: isReached(reachOf(word, ids)),
  };
}
