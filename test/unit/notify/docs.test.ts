import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../../src/model/enrolled-person.ts';
import { catalog } from '../../../src/notify/catalogs.ts';
import { compose } from '../../../src/notify/compose.ts';
import { context, notice, person } from './sample-notice.ts';

const docs = readFileSync(new URL('../../../docs/notices.md', import.meta.url), 'utf8');

describe('docs/notices.md', () => {
  it.each([
    [{}],
    [{ kind: 'sms', state: 'tried' }],
    [{ kind: 'sms', state: 'got-in' }],
    [{ kind: 'sms', variant: 'neutral' }],
    [{ kind: 'sms', variant: 'desk-line' }],
  ] as const)('shows the notice %j as it is', (parts) => {
    expect(docs).toContain(`\n${compose(notice(parts), person(), context()).text.trim()}\n`);
  });

  it('names a test for each of the thirty points of the checklist', () => {
    const files = { words: 'checklist.test.ts', story: 'checklist-plan.test.ts' } as const;
    const sources = new Map(
      Object.entries(files).map(([name, file]) => [name, readFileSync(new URL(file, import.meta.url), 'utf8')]),
    );
    const rows = [...docs.matchAll(/^\| (\d+)\. [^|]+ \| ([a-z, ]+) \|$/gm)];
    expect(rows.map(([, point]) => Number(point))).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    for (const [, point = '', places = ''] of rows) {
      for (const place of places.split(', ')) expect(sources.get(place)).toMatch(new RegExp(`\\bit\\('${point}[.:] `));
    }
  });

  it('says which languages are signed off', () => {
    const signedOff = LANGUAGES.filter((language) => catalog(language).status === 'signed-off');
    expect(signedOff).toEqual(['en']);
    expect(docs).toContain('English is signed off.');
  });
});
