import { expect, it } from 'vitest';
import { applySettings } from '../../../local/functions-host/settings.ts';
import { ConfigError } from '../../../src/errors.ts';

it('given wins over the environment, which wins over local.settings.json; all of it is undone', () => {
  const environment: Record<string, string | undefined> = { A: 'environment', B: 'environment' };
  const settings = applySettings(environment, { A: 'local', C: 'local', D: 'local' }, { B: 'given', D: 'given' });
  settings.set('E', 'set');
  expect(environment).toEqual({ A: 'environment', B: 'given', C: 'local', D: 'given', E: 'set' });
  expect(['a', 'b', 'c', 'd', 'e', 'f'].map(settings.get)).toEqual([
    'environment',
    'given',
    'local',
    'given',
    'set',
    undefined,
  ]);
  settings.restore();
  expect(environment).toEqual({ A: 'environment', B: 'environment' });
});

it('fills in %NAME% and names everything that is not set', () => {
  const settings = applySettings({ WHEN: '0 * * * * *', QUEUE: 'jobs' }, {}, {});
  expect(settings.expand('%WHEN%', 'timer')).toBe('0 * * * * *');
  expect(settings.expand('a-%queue%-%QUEUE%', 'queue')).toBe('a-jobs-jobs');
  expect(settings.expand('100 %', 'x')).toBe('100 %');
  const expand = () => settings.expand('%NO% %NONE%', 'function poll-logs');
  expect(expand).toThrow(ConfigError);
  expect(expand).toThrow('function poll-logs: the setting NO is not set (needed by "%NO% %NONE%")');
  expect(expand).toThrow('the setting NONE is not set');
});

it.each([
  ['AzureWebJobs.poll-logs.Disabled', '1', true],
  ['AzureWebJobs.poll-logs.Disabled', 'true', true],
  ['AzureWebJobs.poll-logs.Disabled', 'TRUE', true],
  ['AzureWebJobs_poll-logs_Disabled', 'true', true],
  ['azurewebjobs.poll-logs.disabled', 'true', true],
  ['AzureWebJobs.poll-logs.Disabled', 'false', false],
  ['AzureWebJobs.poll-logs.Disabled', '', false],
  ['AzureWebJobs.other.Disabled', 'true', false],
])('%s=%s', (name, value, disabled) => {
  expect(applySettings({}, {}, { [name]: value }).isDisabled('poll-logs')).toBe(disabled);
});
