import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadContent } from '../../src/content.ts';
import { ConfigError } from '../../src/errors.ts';
import { parseRules } from '../../src/rules/parse.ts';
import { readTextFile, whyNotRead } from '../../src/text-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-text-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string) => join(folder, name);

describe('a text file', () => {
  const text = 'people: [\u00fc]\n';
  const little = Buffer.from(`\ufeff${text}`, 'utf16le');
  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 LE', little],
    ['UTF-16 BE', Buffer.from(little).swap16()],
  ])('in %s', async (name, bytes) => {
    writeFileSync(path(name), bytes);
    expect(await readTextFile(path(name))).toBe(text);
  });

  it('is not read beyond its limit, whatever its size', async () => {
    writeFileSync(path('large'), 'x');
    truncateSync(path('large'), 3 * 2 ** 30);
    const error = await readTextFile(path('large'), 1_048_576).catch((cause: unknown) => cause);
    expect(whyNotRead(error, 1_048_576)).toBe('larger than 1 MB');
  });

  it.each(['/', '/no-such-file'])('%s is none', async (name) => {
    const error = await readTextFile(name).catch((cause: unknown) => cause);
    expect(whyNotRead(error)).toBe(name === '/' ? 'EISDIR' : 'ENOENT');
  });
});

describe('a folder of rules', () => {
  const rule =
    'title: A\nname: a\nlogsource: {product: azure, service: auditlogs}\ndetection:\n  s: {x: 1}\n  condition: s\n';

  it.skipIf(process.platform === 'win32')('with junk in it: the rest is read, and each file is told', async () => {
    const rules = path('rules');
    mkdirSync(join(rules, 'folder.yml'), { recursive: true });
    mkdirSync(join(rules, '.git'));
    writeFileSync(join(rules, '.git', 'x.yml'), '[');
    writeFileSync(join(rules, 'a.yml'), rule);
    writeFileSync(
      join(rules, 'folder.yml', 'b.yaml'),
      Buffer.from(`\ufeff${rule.replaceAll(/\ba\b/g, 'b')}`, 'utf16le'),
    );
    writeFileSync(join(rules, 'readme.md'), '[');
    writeFileSync(join(rules, 'large.yml'), `# ${'x'.repeat(600_000)}\n`);
    writeFileSync(join(rules, 'huge.yml'), 'x');
    truncateSync(join(rules, 'huge.yml'), 3 * 2 ** 30);
    symlinkSync('nowhere', join(rules, 'dangling.yml'));
    execFileSync('mkfifo', [join(rules, 'pipe.yml')]);
    const { rules: read, problems } = parseRules((await loadContent([rules])).rules);
    expect(read.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(problems.map(({ file, message }) => [file.slice(rules.length + 1), message])).toEqual([
      ['dangling.yml', 'the file cannot be read (ENOENT); make it readable, or take it away'],
      ['huge.yml', 'the file cannot be read (larger than 2 MB); make it readable, or take it away'],
      ['large.yml', 'the file is larger than 512 KiB; split it'],
    ]);
  });

  it('and a file', async () => {
    writeFileSync(path('one.yml'), rule);
    expect((await loadContent([path('one.yml')])).rules).toEqual([{ path: path('one.yml'), text: rule }]);
  });

  it('that are not there are told at once', async () => {
    const error = await loadContent([path('x'), path('y.yml')]).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems).toEqual(
      ['x', 'y.yml'].map(
        (name) => `${path(name)}: cannot read rules from here (ENOENT). Name a folder or .yml file that exists.`,
      ),
    );
  });
});
