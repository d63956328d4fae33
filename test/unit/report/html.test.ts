import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHtml } from '../../../src/report/html.ts';
import { escapeHtml, html } from '../../../src/report/html-text.ts';
import { bigReport, finding, signal, smallReport } from './sample-report.ts';

const OPTIONS = { now: new Date('2025-09-01T10:00:00Z'), version: '0.0.0' };

describe('markup', () => {
  it('escapes every value that is not markup', () => {
    expect(html`<b title="${'"&\''}">${['<i>', html`<u>${'<'}</u>`]}${undefined}${false}${7}</b>`.markup).toBe(
      '<b title="&quot;&amp;&#39;">&lt;i&gt;<u>&lt;</u>7</b>',
    );
  });

  it('leaves nothing of any text that could open a tag, an attribute or an entity', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) =>
        /^(?:[^<>"'&]|&(?:amp|lt|gt|quot|#39);)*$/u.test(escapeHtml(text)),
      ),
    );
  });
});

describe('the page', () => {
  const page = toHtml(smallReport(), OPTIONS);

  it('asks nothing of the network', () => {
    expect(page).not.toMatch(/(?:src|href)="(?!#)/);
    expect(page).not.toMatch(/url\(|@import|https?:/);
  });

  it('allows exactly its own style and script', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1] ?? '';
    const digest = (tag: string) => {
      const content = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page)?.[1] ?? '';
      return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
    };
    expect(policy).toBe(
      `default-src 'none'; style-src ${digest('style')}; script-src ${digest('script')}; base-uri 'none'; form-action 'none'`,
    );
    expect(page).not.toMatch(/ style=| on[a-z]+="/);
  });

  it('escapes what a log says, everywhere', () => {
    expect(page).not.toContain('<img');
    expect(page).not.toContain('alert(2)</script>');
    expect(page).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  it.each([
    'Somebody got into 1 account',
    '<strong>2 of 3 rules saw nothing</strong>',
    'No record of risk detections was read. It needs: Entra ID P2.',
    'line 17: activityDateTime: not a date',
    'a phone number ending in nothing we keep was added',
    'href="#c-cccccccccccccccc"',
    'Attacked: 2 in all, most 2, 12 Aug',
    'Made by Postern 0.0.0 on 1 Sep 2025, 10:00 UTC',
  ])('says %j', (part) => expect(page).toContain(part));

  it('links only to what is there', () => {
    for (const [report, options] of [
      [smallReport(), OPTIONS],
      [bigReport(), { ...OPTIONS, redacted: true }],
    ] as const) {
      const text = toHtml(report, options);
      const ids = [...text.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
      expect(new Set(ids).size).toBe(ids.length);
      const targets = [...text.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]);
      expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
    }
  });

  it('stays small with the findings of the whole reference campaign', () => {
    expect(toHtml(bigReport(), OPTIONS).length).toBeLessThan(2_000_000);
  });

  it('has a page for nothing, too, without script', () => {
    const empty = toHtml({ ...smallReport(), findings: [], campaigns: [] }, OPTIONS);
    expect(empty).toContain('No sign of account-recovery attacks in these logs');
    expect(empty).toContain("script-src 'none'");
    expect(empty).not.toContain('<script');
  });
});

describe('the chart', () => {
  const chartOf = (report: ReturnType<typeof smallReport>) =>
    /<figure[\s\S]*<\/figure>/.exec(toHtml(report, OPTIONS))?.[0] ?? '';

  it('counts each attempt once, on the day it began', () => {
    const evidence = [
      signal('23:59', 'a', { flow: 'one' }),
      signal('00:00', 'b', { flow: 'one', at: new Date('2025-08-13T00:01:00Z') }),
      signal('00:00', 'c', { flow: 'two', at: new Date('2025-08-13T00:02:00Z') }),
    ];
    const figure = chartOf({ ...smallReport(), findings: [finding(evidence)] });
    expect(figure).toContain('<title>12 Aug: 1 attempts</title>');
    expect(figure).toContain('<title>13 Aug: 1 attempts</title>');
    expect(figure).toContain('Attempts: 2 in all');
  });

  it('goes by the hour for a short log and by several days for a long one', () => {
    const span = (from: string, to: string) => ({ ...smallReport(), from: new Date(from), to: new Date(to) });
    expect(chartOf(span('2025-08-12T00:00:00Z', '2025-08-12T12:00:00Z'))).toContain('Per hour');
    expect(chartOf(span('2025-01-01T00:00:00Z', '2025-12-31T12:00:00Z'))).toContain('Per 6 days');
  });
});
