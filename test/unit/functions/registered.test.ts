import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeApp } from '../../../local/functions-host/describe-app.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('the functions of the app', () => {
  it('are exactly these, with these triggers', async () => {
    const functions = await describeApp(root, {
      main: 'functions/*.ts',
      settings: { POSTERN_POLL_SCHEDULE: '0 * * * * *' },
    });
    expect(
      functions.map(({ disabled, ...one }) =>
        [...Object.values(one).flat(), ...(disabled ? ['disabled'] : [])].join(' '),
      ),
    ).toEqual([
      'answers http api/answers GET POST anonymous',
      'deliver-notices serviceBus notices ServiceBus false false',
      'delivery-reports http api/delivery-reports POST function',
      'desk http api/desk/{*path} GET POST anonymous',
      'health http api/health GET function',
      'people http api/people/{id?}/{verb?} GET POST PUT DELETE anonymous',
      'plan-notices serviceBus findings ServiceBus false false',
      'poll-logs timer 0 * * * * * true',
      'process-notifications serviceBus notifications ServiceBus false false',
      'prune timer 10 17 3 * * * true',
      'receive-notifications http api/graph-notifications POST anonymous',
      'renew-subscriptions timer 20 */15 * * * * true',
      'uninstall http api/uninstall GET POST DELETE anonymous',
      'watch timer 40 */5 * * * * true',
    ]);
  });
});
