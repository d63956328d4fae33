import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Content, loadContent } from '../../src/content.ts';
import { ConfigError } from '../../src/errors.ts';
import { CaseRecord, type RawCaseRecord, recordsOf } from '../../src/rules/case-records.ts';
import { type ScanOptions, scan } from '../../src/scan.ts';
import { bufferSource } from '../../src/sources/formats/byte-source.ts';

const folder = fileURLToPath(new URL('../../rules/samples', import.meta.url));
const samples = new Map(
  readdirSync(folder).map((file): [string, RawCaseRecord] => [
    basename(file, '.json'),
    JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')),
  ]),
);

/** Raw records, as lines, of entries in the form of rule cases: 0m is 2026-03-02T09:00Z. */
function lines(...entries: readonly unknown[]): string {
  return entries
    .flatMap((entry, index) => recordsOf(CaseRecord.parse(entry), index + 1, samples))
    .map((record) => `${JSON.stringify(record)}\n`)
    .join('');
}

const life = { sample: 'sign-in', user: 'dana', device: 'laptop', at: '-15d', times: 15, every: '1d' };
const reset = lines(
  life,
  { sample: 'sspr-options', user: 'dana', at: '0m', from: 'away', flow: 'a' },
  { sample: 'sspr-done', user: 'dana', at: '3m', from: 'away', flow: 'a' },
);
/** Anybody's sign-in: until then the log is known to reach. */
const later = (at: string) => lines({ sample: 'sign-in', user: 'noor', device: 'laptop', at });

describe('scan', () => {
  let content: Content;
  beforeAll(async () => {
    content = await loadContent();
  });

  const chains = async (text: string, options: Partial<ScanOptions> = {}) => {
    const { findings } = await scan([bufferSource('log', Buffer.from(text))], { content, ...options });
    return findings.flatMap((finding) => finding.chains);
  };

  it.each<readonly [string, string, Partial<ScanOptions>, boolean]>([
    ['the log ends before the time is up', later('5h'), {}, false],
    ['the log goes on', later('9h'), {}, true],
    ['a record is dated 9999', later('5h').replace(/"createdDateTime":"\d{4}/, '"createdDateTime":"9999'), {}, false],
    ['the clock says that a record is from the future', later('40d'), { now: new Date('2026-03-02T14:00Z') }, false],
    ['the clock says that it is not', later('40d'), { now: new Date('2026-05-02T14:00Z') }, true],
    ['what came later is left out', later('9h'), { until: new Date('2026-03-02T14:00Z') }, false],
  ])('judges what did not happen only as far as it can know: %s', async (_, more, options, fires) => {
    const found = await chains(reset + more, options);
    expect(found).toContain('reset-from-new-place');
    expect(found.includes('reset-not-taken-back')).toBe(fires);
  });

  it('tells one registration of three records once', async () => {
    const text = lines(
      life,
      { sample: 'method-started', at: '0m', from: 'away', flow: 'r' },
      { sample: 'method-registered', at: '10s', from: 'away', flow: 'r' },
      { sample: 'method-all-required', at: '11s', from: 'away', flow: 'r' },
      { sample: 'sign-in', user: 'dana', at: '-1m', from: 'away' },
    );
    const { findings } = await scan([bufferSource('log', Buffer.from(text))], { content });
    const added = findings.flatMap(({ evidence }) => evidence.filter(({ rule }) => rule === 'method-added-new-place'));
    expect(added.map(({ at }) => at.toISOString())).toEqual(['2026-03-02T09:00:10.000Z']);
  });

  it('says what is wrong with the rules when none is left', async () => {
    const rules = [
      { path: 'a.yml', text: 'title: [\n' },
      { path: 'b.yml', text: '', unreadable: 'the file cannot be read (EACCES); make it readable, or take it away' },
    ];
    const refused = scan([], { content: { ...content, rules } });
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(
      /^a\.yml:\d+:\d+: not valid YAML: .*\nb\.yml: the file cannot be read \(EACCES\).*\nNo rule is left/s,
    );
  });

  it('counts a rejected rule once, with every problem and its place', async () => {
    const bad =
      'title: bad\nname: bad\nid: x\nlevel: hi\nlogsource: {product: azure}\ndetection:\n  a:\n    b|is: c\n  condition: a\n';
    const rules = [...content.rules, { path: 'bad.yml', text: bad }];
    const { rules: states } = await scan([bufferSource('log', Buffer.from(later('0m')))], {
      content: { ...content, rules },
    });
    expect(states.filter(({ name }) => name === 'bad')).toEqual([
      {
        name: 'bad',
        title: 'bad',
        state: 'rejected',
        hits: 0,
        why: expect.stringContaining('; '),
        problems: [
          { file: 'bad.yml', line: 3, column: 1, message: expect.stringMatching(/^"id" is not a UUID/) },
          { file: 'bad.yml', line: 4, column: 1, message: expect.stringMatching(/^"level" must be one of/) },
          { file: 'bad.yml', line: 8, column: 5, message: expect.stringMatching(/^b: there is no modifier "is"/) },
        ],
      },
    ]);
  });
});
