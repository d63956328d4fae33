/** The queries of workbook and alerts: they parse, and they read what the app writes. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TELEMETRY } from '../../../src/telemetry.ts';
import { analyze } from './kusto.ts';
import { deployed, predicted, repositoryFile } from './template.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = `${root}infra/monitoring`;
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.kql'));
const queries = files.map((file) => ({ file, query: repositoryFile(`infra/monitoring/${file}`) }));

/** Messages that a query asks for: `fact.message == '…'` and `fact.message in ('…', '…')`. */
function messagesOf(query: string): string[] {
  const equal = [...query.matchAll(/fact\.message == '([^']+)'/g)].map(([, message]) => message ?? '');
  const lists = [...query.matchAll(/fact\.message in \(([^)]+)\)/g)].map(([, list]) => list ?? '');
  return [...equal, ...lists.flatMap((list) => [...list.matchAll(/'([^']+)'/g)].map(([, message]) => message ?? ''))];
}

/** Fields that a query reads of facts. */
function fieldsOf(query: string): string[] {
  return [...query.matchAll(/\bfact\.(\w+)/g)].map(([, field]) => field ?? '').filter((field) => field !== 'message');
}

function fieldsWritten(messages: readonly string[]): string[] {
  return messages.flatMap((message) => Object.keys(TELEMETRY[message as keyof typeof TELEMETRY]?.fields ?? {}));
}

describe.each(queries)('$file', ({ query }) => {
  it('parses and knows every name', () => {
    expect(analyze(query).problems).toEqual([]);
  });

  it('reads facts that the app writes, and of these only fields that they have', () => {
    const messages = messagesOf(query);
    expect(messages.length > 0).toBe(query.includes('AppTraces'));
    expect(messages.filter((message) => !(message in TELEMETRY))).toEqual([]);
    const written = fieldsWritten(messages);
    expect(fieldsOf(query).filter((field) => !written.includes(field))).toEqual([]);
  });

  it('looks for the message before it parses JSON', () => {
    for (const word of query.matchAll(/Message has '([^']+)'/g)) {
      expect(messagesOf(query).some((message) => message.includes(word[1] ?? ''))).toBe(true);
    }
  });
});

describe('the app', () => {
  const sources = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('telemetry.ts'))
    .map((name) => repositoryFile(`src/${name}`))
    .join('\n');

  it.each(Object.keys(TELEMETRY))('writes "%s"', (message) => {
    expect(sources).toContain(`'${message}'`);
  });

  it('has the timers that the alert expects, and each of them', () => {
    const timers = readdirSync(`${root}functions`).filter((file) =>
      repositoryFile(`functions/${file}`).includes('app.timer('),
    );
    const expected = repositoryFile('infra/monitoring/alerts/timer-stale.kql').matchAll(/^ {2}'([\w-]+)', \d+/gm);
    expect([...expected].map(([, timer]) => timer).sort()).toEqual(
      timers.map((file) => file.replace('.ts', '')).sort(),
    );
  });
});

describe('the parser', () => {
  it('is one that complains', () => {
    expect(analyze('AppTraces | where Mesage == 1').problems.join()).toContain('Mesage');
    expect(analyze('AppTraces | sumarize count()').problems).not.toEqual([]);
    expect(analyze('AppTraces | summarize people = count() by day = bin(TimeGenerated, 1d)').columns).toEqual([
      'day',
      'people',
    ]);
  });
});

describe('alert rules', () => {
  const rules = predicted('main').filter(({ type }) => type === 'Microsoft.Insights/scheduledQueryRules');
  const criteria = rules.map(({ name, properties }) => ({
    name: name.replace('alert-postern-', ''),
    ...(properties.criteria as { allOf: { query: string; dimensions: { name: string }[] }[] }).allOf[0],
  }));

  it('are one per query file, with that query', () => {
    const alerts = queries.filter(({ file }) => file.startsWith('alerts'));
    expect(criteria.map(({ name }) => name).sort()).toEqual(
      alerts.map(({ file }) => file.replace(/^alerts.|\.kql$/g, '')).sort(),
    );
    for (const { name, query = '' } of criteria) {
      const source = alerts.find(({ file }) => file.endsWith(`${name}.kql`))?.query.replace('APP_OBJECT_ID', '');
      // The snapshot does not know the id of the app's identity: the whole query is an expression then.
      if (query.startsWith('[')) expect(query).toContain(source?.slice(0, 60).replaceAll("'", "''"));
      else expect(query).toBe(source);
    }
  });

  it.each(criteria)('$name splits by a column that its query returns', ({ name: rule, dimensions = [] }) => {
    const { columns } = analyze(repositoryFile(`infra/monitoring/alerts/${rule}.kql`));
    for (const { name } of dimensions) expect(columns).toContain(name);
  });

  it('run at intervals and look back as far as Azure Monitor allows', () => {
    for (const { properties } of rules) {
      expect(['PT5M', 'PT10M', 'PT15M', 'PT30M', 'PT1H', 'PT6H', 'PT12H', 'P1D']).toContain(
        properties.evaluationFrequency,
      );
      expect(['PT15M', 'PT30M', 'PT1H', 'PT2H', 'PT6H', 'PT12H', 'P1D', 'P2D']).toContain(properties.windowSize);
    }
  });

  it('reach the desk, all of them', () => {
    for (const { properties } of rules) {
      expect(properties.actions).toMatchObject({ actionGroups: [expect.stringContaining('ag-postern-desk')] });
    }
    const [metric] = predicted('main').filter(({ type }) => type === 'Microsoft.Insights/metricAlerts');
    expect(metric?.properties.actions).toMatchObject([{ actionGroupId: expect.stringContaining('ag-postern-desk') }]);
  });

  it('name chapters of the runbook that exist', () => {
    const chapters = [...repositoryFile('docs/runbook.md').matchAll(/^#+ (.+)$/gm)].map(([, title]) => title);
    for (const { properties } of [
      ...rules,
      ...predicted('main').filter(({ type }) => type.endsWith('/metricAlerts')),
    ]) {
      const named = /See "([^"]+)" in docs\/runbook\.md/.exec(String(properties.description))?.[1];
      if (named !== undefined) expect(chapters).toContain(named);
    }
  });
});

describe('workbook', () => {
  it('has a part per query file', () => {
    const [workbook] = deployed('Microsoft.Insights/workbooks');
    const compiled = repositoryFile('infra/bicep/main.json');
    expect(workbook).toBeDefined();
    const parts = queries.filter(({ file }) => file.startsWith('workbook'));
    expect(parts.filter(({ query }) => !compiled.includes(JSON.stringify(query))).map(({ file }) => file)).toEqual([]);
  });
});
