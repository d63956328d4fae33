import { describe, expect, it } from 'vitest';
import { choiceTable, costOf, costTable, LOADS, loadTable } from '../../../infra/cost.ts';
import { main, predicted, repositoryFile } from './template.ts';

describe('docs/cost.md', () => {
  const text = repositoryFile('docs/cost.md');

  it.each([
    ['costs', costTable([100, 1000, 10_000])],
    ['loads', loadTable([100, 1000, 10_000])],
    ['choices', choiceTable()],
  ])('has the %s that the model gives', (_, table) => {
    expect(text).toContain(table);
  });

  it('names the sum that the table has', () => {
    const { total } = costOf({ people: 1000 });
    expect(text).toContain(`About ${Math.round(total)} USD a month`);
  });
});

describe('the model', () => {
  const ready = main.parameters?.alwaysReady?.defaultValue as Record<string, number>;
  const typeCount = (snapshot: string, type: string) =>
    predicted(snapshot).filter((resource) => resource.type === type).length;

  it('assumes what the template deploys by default', () => {
    const instances = Object.values(ready).reduce((sum, count) => sum + count, 0);
    expect(
      costOf({
        people: 100,
        alwaysReady: instances,
        memoryGb: Number(main.parameters?.instanceMemoryMB?.defaultValue) / 1024,
      }),
    ).toEqual(costOf({ people: 100 }));
    expect(typeCount('main', 'Microsoft.Insights/scheduledQueryRules')).toBe(LOADS.logAlerts);
    expect(typeCount('main', 'Microsoft.Insights/metricAlerts')).toBe(1);
  });

  it('counts the private endpoints and zones that there are', () => {
    const { parts } = costOf({ people: 100, privateNetworking: 'all' });
    const endpoints = typeCount('private', 'Microsoft.Network/privateEndpoints');
    const zones = typeCount('private', 'Microsoft.Network/privateDnsZones');
    expect([endpoints, zones]).toEqual([6, 5]);
    expect(parts['private endpoints']).toBeCloseTo(endpoints * 7.3 + zones * 0.5);
  });

  it.each([
    // 0.5 GB for 30 days, idle: 1,296,000 GB-s at 4 millionths of a dollar.
    [{ people: 1, alwaysReady: 1 }, 'always-ready instances', 5.184],
    [{ people: 1, alwaysReady: 0 }, 'always-ready instances', 0],
    [{ people: 100 }, 'Service Bus', 9.81],
    [{ people: 100, privateNetworking: 'all' }, 'Service Bus', 677],
    [{ people: 10_000 }, 'mail to people', 0.3],
    [{ people: 100 }, 'executions on demand', 0],
    [{ people: 100 }, 'log data', 0],
  ] as const)('%j: %s is %d USD', (options, part, usd) => {
    expect(costOf(options).parts[part]).toBeCloseTo(usd, 3);
  });

  it('grows with people and never falls', () => {
    const totals = [1, 100, 1000, 10_000, 100_000, 1_000_000].map((people) => costOf({ people }).total);
    expect(totals).toEqual([...totals].sort((a, b) => a - b));
  });

  it('keeps below half of the quota on logs for 100,000 people in a tenant of a million', () => {
    expect(costOf({ people: 100_000 }).load.reportsQuota).toBeLessThan(0.5);
  });
});
