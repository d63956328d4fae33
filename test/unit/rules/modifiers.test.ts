import { describe, expect, it } from 'vitest';
import { errorsOf, matches, messages, ruleSetOf, selectionText } from './samples.ts';

type Row = readonly [entries: string, fields: Readonly<Record<string, unknown>>, expected: boolean];

function table(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    it.each(rows)('%s on %j: %s', (entries, fields, expected) => {
      expect(matches(entries, fields)).toBe(expected);
    });
  });
}

table('plain values', [
  ['x: abc', { x: 'ABC' }, true],
  ['x: abc', { x: ' abc ' }, true],
  ['x: abc', { x: 'abcd' }, false],
  ['x: abc', {}, false],
  ['x: [abc, def]', { x: 'def' }, true],
  ['x: abc\ny: def', { x: 'abc', y: 'def' }, true],
  ['x: abc\ny: def', { x: 'abc', y: 'abc' }, false],
  ['x: 50074', { x: 50074 }, true],
  ['x: 50074', { x: '50074' }, true],
  ["x: '50074'", { x: 50074 }, true],
  ['x: 5', { x: 50 }, false],
  ['x: 0', { x: false }, false],
  ['x: 0', {}, false],
  ['x: true', { x: true }, true],
  ['x: true', { x: 'True' }, true],
  ['x: true', { x: 1 }, false],
  ["x: 'true'", { x: true }, true],
  ['x: false', { x: false }, true],
  ['x: false', {}, false],
  ['x: [1, two, true]', { x: 'TWO' }, true],
  ['x: [1, two, true]', { x: 1 }, true],
  ['x: [1, two, true]', { x: true }, true],
  ["x: ''", { x: '' }, true],
  ["x: ''", { x: '  ' }, true],
  ["x: ''", { x: 'a' }, false],
  ["x: ''", { x: null }, false],
  ["x: ''", {}, false],
  ['x: null', {}, true],
  ['x: null', { x: null }, true],
  ['x: null', { x: [] }, true],
  ["x: '[]'", { x: [] }, true],
  ["x: '[]'", { x: '[]' }, true],
  ["x: '[]'", { x: [1] }, false],
  ["x: '[]'", {}, false],
  ["a.b: '[]'", { a: [{ b: [1] }, { b: [] }] }, true],
  ["x: ['[]', 'a']", { x: [] }, true],
  ["x: '*'", { x: [] }, false],
  ["x|neq: '[]'", { x: [] }, false],
  ["x|neq: 'a'", { x: [] }, false],
  ['x: null', { x: '' }, false],
  ['x: null', { x: [null, 'a'] }, false],
  ['x:', {}, true],
]);

table('paths, lists and objects', [
  ['a.b.c: v', { a: { b: { c: 'v' } } }, true],
  ['a.b.c: v', { a: [{ b: [{ c: 'u' }, { c: 'v' }] }] }, true],
  ['a.b.c: v', { a: [{ b: { d: 'v' } }, 'text', null, 7] }, false],
  ['a: v', { a: ['u', 'v'] }, true],
  ['a: v', { a: [['v']] }, true],
  ['a.length: 1', { a: 'v' }, false],
  ['a.constructor.name: Object', { a: {} }, false],
  ['toString|exists: true', {}, false],
  ['a|contains: \'"k":"v"\'', { a: { k: 'v' } }, true],
  ['a|contains: \'"k":"v"\'', { a: [{ k: 'u' }, { k: 'v' }] }, true],
  ['a: \'{"k":1}\'', { a: { k: 1 } }, true],
]);

table('contains, startswith, endswith', [
  ['x|contains: bc', { x: 'aBCd' }, true],
  ['x|contains: bc', { x: 'acbd' }, false],
  ['x|contains: 5', { x: 150 }, true],
  ["x|contains: 'a*d'", { x: 'xabcdy' }, true],
  ["x|contains: 'a\\*d'", { x: 'xabcdy' }, false],
  ["x|contains: 'a\\*d'", { x: 'xa*dy' }, true],
  ["x|contains: ' -x '", { x: 'run -x now' }, true],
  ["x|contains: ' -x '", { x: 'run -xy' }, false],
  ['x|startswith: ab', { x: 'ABC' }, true],
  ['x|startswith: bc', { x: 'abc' }, false],
  ['x|endswith: bc', { x: 'aBC' }, true],
  ['x|endswith: ab', { x: 'abc' }, false],
  ["x|startswith: 'a?c'", { x: 'abcd' }, true],
]);

table('all', [
  ['x|contains|all: [ab, cd]', { x: 'abcd' }, true],
  ['x|contains|all: [ab, cd]', { x: 'ab' }, false],
  ['x|all: [a, b]', { x: ['b', 'a'] }, true],
  ['x|all: [a, b]', { x: ['a', 'c'] }, false],
  ["x|all|re: ['^a', 'c$']", { x: 'abc' }, true],
]);

table('cased', [
  ['x|cased: Abc', { x: 'Abc' }, true],
  ['x|cased: Abc', { x: 'abc' }, false],
  ['x|contains|cased: B', { x: 'aBc' }, true],
  ['x|cased|contains: B', { x: 'abc' }, false],
]);

table('exists', [
  ['x|exists: true', { x: null }, true],
  ['x|exists: true', { x: '' }, true],
  ['x|exists: true', { x: [] }, true],
  ['x|exists: true', {}, false],
  ['x|exists: false', {}, true],
  ['x|exists: false', { x: 0 }, false],
  ['a.b|exists: true', { a: [{}, { b: 1 }] }, true],
  ['a.b|exists: true', { a: [{}] }, false],
]);

table('neq', [
  ['x|neq: a', { x: 'b' }, true],
  ['x|neq: a', { x: 'A' }, false],
  ['x|neq: a', {}, false],
  ['x|neq: [a, b]', { x: 'c' }, true],
  ['x|neq: [a, b]', { x: 'b' }, false],
  ['x|neq: a', { x: ['a', 'b'] }, false],
  ['x|neq: 5', { x: 6 }, true],
  ['x|contains|neq: a', { x: 'bcd' }, true],
  ['x|contains|neq: a', { x: 'bad' }, false],
  ['x|neq: null', { x: 'a' }, true],
  ['x|neq: null', {}, false],
  ["x|neq: ''", { x: 'a' }, true],
  ['x|contains|all|neq: [a, b]', { x: 'a' }, true],
  ['x|contains|all|neq: [a, b]', { x: 'ab' }, false],
]);

table('regular expressions', [
  ["x|re: 'b.d'", { x: 'abcde' }, true],
  ["x|re: 'B'", { x: 'abc' }, false],
  ["x|re|i: 'B'", { x: 'abc' }, true],
  ["x|re|ignorecase: 'B'", { x: 'abc' }, true],
  ["x|re: '^b'", { x: 'a\nb' }, false],
  ["x|re|m: '^b'", { x: 'a\nb' }, true],
  ["x|re|multiline: '^b'", { x: 'a\nb' }, true],
  ["x|re: 'a.b'", { x: 'a\nb' }, false],
  ["x|re|s: 'a.b'", { x: 'a\nb' }, true],
  ["x|re|dotall: 'a.b'", { x: 'a\nb' }, true],
  ["x|re|i|m|s: '^B.C'", { x: 'a\nb\nc' }, true],
  ["x|re: '^\\d{3}$'", { x: 123 }, true],
  ["x|re: ['^a$', '^b$']", { x: 'b' }, true],
  ["x|re|neq: '^a'", { x: 'b' }, true],
  ["x|re: 'a\\*b'", { x: 'a*b' }, true],
]);

table('encodings', [
  ['x|base64: postern', { x: 'cG9zdGVybg==' }, true],
  ['x|base64offset|contains: postern', { x: 'cG9zdGVybg==' }, true],
  ['x|base64offset|contains: postern', { x: Buffer.from('a postern').toString('base64') }, true],
  ['x|base64offset|contains: postern', { x: Buffer.from('1 postern gate').toString('base64') }, true],
  ['x|base64offset|contains: postern', { x: Buffer.from('xy postern gate').toString('base64') }, true],
  ['x|base64offset|contains: postern', { x: Buffer.from('a gate').toString('base64') }, false],
  ['x|wide|base64: abc', { x: 'YQBiAGMA' }, true],
  ['x|utf16le|base64: abc', { x: 'YQBiAGMA' }, true],
  ['x|utf16be|base64: abc', { x: 'AGEAYgBj' }, true],
  ['x|utf16|base64: abc', { x: '//5hAGIAYwA=' }, true],
  ['x|wide|base64offset|contains: abc', { x: Buffer.from('.abc', 'utf16le').toString('base64') }, true],
  ['x|wide|base64: ä€', { x: Buffer.from('ä€', 'utf16le').toString('base64') }, true],
  ['x|base64: ä€', { x: Buffer.from('ä€').toString('base64') }, true],
  ['x|wide: abc', { x: 'a\0b\0c\0' }, true],
  ['x|utf16be|contains: abc', { x: 'xx\0a\0b\0cxx' }, true],
  ['x|utf16|startswith: abc', { x: '\u00ff\u00fea\0b\0c\0d\0' }, true],
]);

table('windash', [
  ["x|windash|contains: ' -enc '", { x: 'run -enc x' }, true],
  ["x|windash|contains: ' -enc '", { x: 'run /enc x' }, true],
  ["x|windash|contains: ' -enc '", { x: 'run –enc x' }, true],
  ["x|windash|contains: ' -enc '", { x: 'run —enc x' }, true],
  ["x|windash|contains: ' -enc '", { x: 'run ―enc x' }, true],
  ["x|windash|contains: ' /enc '", { x: 'run -enc x' }, true],
  ["x|contains|windash: ' -enc '", { x: 'run /enc x' }, true],
  ["x|windash: '-a -b'", { x: '/a ―b' }, true],
  ["x|windash: '-a-b'", { x: '/a-b' }, true],
  ["x|windash: '-a-b'", { x: '/a/b' }, false],
  ["x|windash: '-a * -b'", { x: '/a x /b' }, true],
  ["x|windash|base64: '-a'", { x: 'L2E=' }, true],
]);

table('numbers', [
  ['x|lt: 5', { x: 4 }, true],
  ['x|lt: 5', { x: 5 }, false],
  ['x|lte: 5', { x: 5 }, true],
  ['x|gt: 5', { x: 5.5 }, true],
  ['x|gt: 5', { x: '6' }, true],
  ['x|gt: 5', { x: ' 6 ' }, true],
  ['x|gte: 5', { x: 5 }, true],
  ['x|gte: 5', { x: 4 }, false],
  ['x|gte: 5', { x: 'many' }, false],
  ['x|gte: 5', { x: '' }, false],
  ['x|gte: 0', { x: null }, false],
  ['x|gte: 0', { x: true }, false],
  ['x|lt: 0', { x: '-1e3' }, true],
  ['x|gte: 5', { x: [1, 7] }, true],
  ['x|gt: 1.5', { x: 1.6 }, true],
]);

table('parts of dates', [
  ['x|minute: 7', { x: '2026-11-20T10:07:59Z' }, true],
  ['x|hour: 10', { x: '2026-11-20T10:07:59Z' }, true],
  ['x|hour: 8', { x: '2026-11-20T10:07:59+02:00' }, true],
  ['x|hour: 10', { x: '2026-11-20T10:07:59' }, true],
  ['x|hour: 10', { x: '2026-11-20 10:07:59.1234567' }, true],
  ['x|hour: 0', { x: '2026-11-20' }, true],
  ['x|day: 20', { x: '2026-11-20T10:07:59Z' }, true],
  ['x|week: 47', { x: '2026-11-20T10:07:59Z' }, true],
  ['x|week: 53', { x: '2027-01-03T00:00:00Z' }, true],
  ['x|week: 1', { x: '2026-01-01T00:00:00Z' }, true],
  ['x|month: 11', { x: '2026-11-20T10:07:59Z' }, true],
  ['x|year: 2026', { x: '2026-11-20T10:07:59Z' }, true],
  ['x|hour|gte: 22', { x: '2026-11-20T23:00:00Z' }, true],
  ['x|hour|gte: 22', { x: '2026-11-20T21:59:59Z' }, false],
  ['x|hour|neq: 10', { x: '2026-11-20T10:07:59Z' }, false],
  ['x|hour|neq: 10', { x: '2026-11-20T11:07:59Z' }, true],
  ['x|hour: [9, 10]', { x: '2026-11-20T10:07:59Z' }, true],
  ['x|year: 2026', { x: 2026 }, false],
  ['x|year: 2026', { x: 'soon' }, false],
]);

table('cidr', [
  ['x|cidr: 192.0.2.0/24', { x: '192.0.2.77' }, true],
  ['x|cidr: 192.0.2.0/24', { x: '192.0.3.1' }, false],
  ['x|cidr: 192.0.2.77/24', { x: '192.0.2.1' }, true],
  ['x|cidr: 192.0.2.7', { x: '192.0.2.7' }, true],
  ['x|cidr: 192.0.2.128/25', { x: '192.0.2.127' }, false],
  ['x|cidr: 0.0.0.0/0', { x: '203.0.113.9' }, true],
  ['x|cidr: 0.0.0.0/0', { x: '2001:db8::1' }, false],
  ['x|cidr: 192.0.2.0/24', { x: '::ffff:192.0.2.9' }, true],
  ['x|cidr: 192.0.2.0/24', { x: '192.0.2' }, false],
  ['x|cidr: 192.0.2.0/24', { x: '192.0.2.999' }, false],
  ['x|cidr: 192.0.2.0/24', { x: 'host' }, false],
  ["x|cidr: '2001:db8::/32'", { x: '2001:DB8:1::5' }, true],
  ["x|cidr: '2001:db8::/32'", { x: '2001:db9::5' }, false],
  ["x|cidr: '2001:db8::/32'", { x: '2001:db8:0:0:0:0:0:1%eth0' }, true],
  ["x|cidr: '::/0'", { x: '::1' }, true],
  ["x|cidr: '::1'", { x: '0:0:0:0:0:0:0:1' }, true],
  ["x|cidr: '2001:db8::/33'", { x: '2001:db8:8000::' }, false],
  ['x|cidr: [198.51.100.0/24, 192.0.2.0/24]', { x: '192.0.2.5' }, true],
  ['x|cidr|neq: 192.0.2.0/24', { x: '203.0.113.5' }, true],
]);

table('fieldref', [
  ['x|fieldref: y', { x: 'A', y: 'a' }, true],
  ['x|fieldref: y', { x: 'a', y: 'b' }, false],
  ['x|fieldref: y', { x: 'a' }, false],
  ['x|fieldref: y', { y: 'a' }, false],
  ['x|fieldref: y', { x: 5, y: '5' }, true],
  ['x|fieldref|cased: y', { x: 'A', y: 'a' }, false],
  ['x|fieldref|neq: y', { x: 'a', y: 'b' }, true],
  ['x|fieldref|neq: y', { x: 'a', y: 'a' }, false],
  ['x|fieldref|startswith: y', { x: 'abc', y: 'ab' }, true],
  ['x|fieldref|endswith: y', { x: 'abc', y: 'bc' }, true],
  ['x|contains|fieldref: y', { x: 'abc', y: 'b' }, true],
  ['x|fieldref: [y, z]', { x: 'a', y: 'b', z: 'a' }, true],
  ['x|fieldref|all: [y, z]', { x: 'a', y: 'b', z: 'a' }, false],
  ['x|fieldref: a.b', { x: 'v', a: [{ b: 'u' }, { b: 'v' }] }, true],
]);

table('keywords', [
  ['- needle', { a: { b: ['hay', 'a Needle here'] } }, true],
  ['- needle', { needles: 1 }, true],
  ['- needle', { a: 'hay' }, false],
  ['- needle', { postern: { a: 'needle' } }, false],
  ['- 4711', { a: 4711 }, true],
  ["- 'ne*le'", { a: 'a needle' }, true],
  ['- one\n- two', { a: 'two' }, true],
  ["'|all':\n  - one\n  - two", { a: 'one', b: 'two' }, true],
  ["'|all':\n  - one\n  - two", { a: 'one' }, false],
  ["'|re': '^ne+dle$'", { a: 'needle' }, true],
  ["'|cased': Needle", { a: 'needle' }, false],
]);

table('lists of maps', [
  ['- x: a\n- y: b', { y: 'b' }, true],
  ['- x: a\n  z: c\n- y: b', { x: 'a' }, false],
  ['- x: a\n  z: c\n- y: b', { x: 'a', z: 'c' }, true],
  ['- x: a\n- needle', { k: 'needle' }, true],
]);

describe('expand', () => {
  const placeholders = {
    Admins: ['ann@example.org', 'adm_*'],
    'Max-Count': [5],
    Nets: ['192.0.2.0/24', '198.51.100.0/24'],
    Dot: ['a.b'],
  };
  it.each([
    ["x|expand: '%Admins%'", { x: 'Ann@example.org' }, true],
    ["x|expand: '%Admins%'", { x: 'adm_x' }, true],
    ["x|expand: '%Admins%'", { x: 'bob@example.org' }, false],
    ["x|contains|expand: '%Admins%'", { x: 'by ann@example.org today' }, true],
    ["x|expand|contains: 'mail:%Admins%'", { x: 'a mail:ann@example.org' }, true],
    ["x|expand: '\\%Admins%'", { x: '%Admins%' }, true],
    ["x: '%Admins%'", { x: '%Admins%' }, true],
    ["x|expand: '%Max-Count%'", { x: 5 }, true],
    ["x|gte|expand: '%Max-Count%'", { x: 6 }, true],
    ["x|cidr|expand: '%Nets%'", { x: '198.51.100.5' }, true],
    ["x|re|expand: '^%Dot%$'", { x: 'a.b' }, true],
    ["x|re|expand: '^%Dot%$'", { x: 'axb' }, false],
    ["x|expand: '%Admins%-%Dot%'", { x: 'adm_9-a.b' }, true],
    ["x|contains|all|expand: '%Admins%'", { x: 'ann@example.org adm_' }, true],
    ["x|contains|all|expand: '%Admins%'", { x: 'ann@example.org' }, false],
    ['x|expand: plain', { x: 'plain' }, true],
  ])('%s on %j: %s', (entries, fields, expected) => {
    expect(matches(entries, fields, { placeholders })).toBe(expected);
  });

  it.each([
    [{}, 'x: the placeholder %Admins% has no values here; give it a list, or switch the rule off'],
    [{ Admins: [] }, 'x: the placeholder %Admins% is an empty list; fill it, or switch the rule off'],
  ])('rejects the rule alone when %j cannot fill it', (given, message) => {
    const texts = [selectionText("x|expand: '%Admins%'", { name: 'a' }), selectionText('x: 1', { name: 'b' })];
    const ruleSet = ruleSetOf(texts, { placeholders: given });
    expect(messages(ruleSet.problems, 'error')).toEqual([`8:5 ${message}`]);
    expect(ruleSet.detections.map((rule) => rule.name)).toEqual(['b']);
  });
});

describe('modifiers that cannot be', () => {
  it.each([
    ['x|contians: a', 'x: there is no modifier "contians"; did you mean "contains"?'],
    ['x|: a', 'x: a modifier is missing after "|"'],
    ['x|re|re: a', 'x: the modifier "re" stands twice'],
    ['x|contains|startswith: a', 'x: "contains" and "startswith" cannot stand together; use two entries'],
    ['x|gt|lt: 5', 'x: "gt" and "lt" cannot stand together; use two entries'],
    ['x|hour|day: 5', 'x: "hour" and "day" cannot stand together; use two entries'],
    ['x|re|contains: a', 'x: "re" and "contains" cannot stand together'],
    ['x|cidr|cased: 192.0.2.0/24', 'x: "cidr" and "cased" cannot stand together'],
    ['x|i: a', 'x: "i" belongs after "re"'],
    ['x|i|re: a', 'x: write "re" before "i"'],
    ['x|exists|neq: true', 'x: "exists" stands alone; negate it with the value false'],
    ['x|exists: yes', 'x: "exists" needs true or false'],
    ['x|contains|base64: a', 'x: write "base64" before "contains": wildcards cannot be encoded'],
    ["x|base64: 'a*'", 'x: "base64" cannot encode wildcards; escape them ("\\*", "\\?") or leave them out'],
    ['x|gte|hour: 5', 'x: write "hour" before "gte"'],
    ["x|base64|expand: '%x%'", 'x: write "expand" before the encoding'],
    ['x|contains|all: a', 'x: "all" needs a list of at least two values; leave it out for one value'],
    ['x|all: [a]', 'x: "all" needs a list of at least two values; leave it out for one value'],
    ["x|gt: '5'", 'x: "gt" needs a number without quotes'],
    ['x|hour: 24', 'x: "hour" needs a whole number from 0 to 23'],
    ['x|week: 1.5', 'x: "week" needs a whole number from 1 to 53'],
    ['x|hour: ten', 'x: "hour" needs a number without quotes'],
    ['x|cidr: 192.0.2.0/33', 'x: "cidr" needs a network such as 192.0.2.0/24 or 2001:db8::/32'],
    ['x|cidr: 192.0.2', 'x: "cidr" needs a network such as 192.0.2.0/24 or 2001:db8::/32'],
    ["x|cidr: '1::2::3/8'", 'x: "cidr" needs a network such as 192.0.2.0/24 or 2001:db8::/32'],
    ['x|cidr: 5', 'x: "cidr" needs a network such as 192.0.2.0/24 or 2001:db8::/32'],
    ['x|re: 5', 'x: "re" needs text; put the value in quotes'],
    ['x|fieldref: 5', 'x: "fieldref" needs the name of another field'],
    ['x: [a, null]', 'x: null cannot be part of a list; make it a selection of its own and join both in the condition'],
    ['x|contains: null', 'x: "contains" needs a value; null stands for a field without one'],
    ['x: []', 'x: the list of values is empty'],
    ["x|windash: '-a -b -c -d -e -f'", 'x: "windash" takes at most 5 parameters in one value; split the value'],
    ["'|exists': true", '"exists" needs a field; keywords are searched for anywhere in the event'],
    ["'|neq': a", '"neq" needs a field; keywords are searched for anywhere in the event'],
  ])('%s', (entries, message) => {
    expect(errorsOf(selectionText(entries))).toEqual([`8:5 ${message}`]);
  });

  it.each([
    ['(?=a)b', /no lookaround/],
    ['a(?!b)', /no lookaround/],
    ['(?<=a)b', /no lookaround/],
    ['(a)\\1', /no backreferences/],
    ['a++b', /no atomic groups or possessive/],
    ['[a', /not a regular expression/],
    ['a{2000}', /not a regular expression/],
  ])('explains why %s cannot run', (source, message) => {
    expect(errorsOf(selectionText(`x|re: '${source}'`))[0]).toMatch(message);
  });

  it('runs regular expressions in linear time', () => {
    const start = performance.now();
    expect(matches("x|re: '^(a|aa)+$'", { x: `${'a'.repeat(5000)}b` })).toBe(false);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
