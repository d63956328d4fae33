import { describe, expect, it } from 'vitest';
import { describeSettings, readSettings, requireSettings, ruleKey, SETTINGS, sourceSetting } from '../../src/config.ts';
import { ConfigError } from '../../src/errors.ts';

const RULES = ['sspr-probed', 'poisoned-channel', 'reset-then-role'];
const KEY = Buffer.alloc(32, 7).toString('base64');

describe('settings', () => {
  it('has defaults that watch and tell nobody', () => {
    const { settings, problems } = readSettings({});
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({
      POSTERN_MODE: 'dry-run',
      POSTERN_CLOUD: 'global',
      POSTERN_POLL_SCHEDULE: '0 * * * * *',
      POSTERN_SOURCE_SIGN_INS: true,
      POSTERN_MAIL_SUBSCRIPTIONS: false,
      POSTERN_DAILY_CAP: 3,
      POSTERN_DRAFT_LANGUAGES: [],
      ruleModes: {},
      ruleValues: {},
    });
  });

  it.each([
    ['POSTERN_MODE', 'live', 'live'],
    ['POSTERN_MODE', ' live ', 'live'],
    ['POSTERN_DAILY_CAP', '7', 7],
    ['POSTERN_SOURCE_SIGN_INS', 'off', false],
    ['POSTERN_DRAFT_LANGUAGES', 'fa, ar', ['fa', 'ar']],
    ['POSTERN_DESK_PHONE', '+15550100', '+15550100'],
    ['POSTERN_DESK_EMAIL', '', undefined],
    ['POSTERN_HASH_KEY', KEY, KEY],
    ['POSTERN_GRAPH_URL', 'http://127.0.0.1:4000', 'http://127.0.0.1:4000'],
    ['POSTERN_SMTP_URL', 'smtp://127.0.0.1:2525', 'smtp://127.0.0.1:2525'],
  ] as const)('reads %s=%s', (name, text, value) => {
    const { settings, problems } = readSettings({ [name]: text });
    expect(problems).toEqual([]);
    expect(settings[name]).toEqual(value);
  });

  it.each([
    ['POSTERN_MODE', 'Live!', 'dry-run'],
    ['POSTERN_DAILY_CAP', '0', 3],
    ['POSTERN_DAILY_CAP', 'many', 3],
    ['POSTERN_SOURCE_SIGN_INS', 'no', true],
    ['POSTERN_DRAFT_LANGUAGES', 'fa,tlh', []],
    ['POSTERN_DESK_PHONE', '555-0100', undefined],
    ['POSTERN_HASH_KEY', 'c2hvcnQ=', undefined],
    ['POSTERN_DESK_WEBHOOK_URL', 'http://desk.example.org/hook', undefined],
    ['POSTERN_TENANT_ID', 'contoso', undefined],
    ['POSTERN_ORGANIZATION', 'a name that is too long', 'Postern'],
  ] as const)('names %s when it is %s, does not repeat the value, and falls back', (name, text, value) => {
    const { settings, problems } = readSettings({ [name]: text });
    expect(problems.map(({ key }) => key)).toEqual([name]);
    expect(problems[0]?.message).not.toContain(text);
    expect(settings[name]).toEqual(value);
  });

  it('never takes a Key Vault reference that could not be read for the secret itself', () => {
    const { settings, problems } = readSettings({
      POSTERN_DESK_WEBHOOK_SECRET: '@Microsoft.KeyVault(SecretUri=https://kv.example.org/secrets/x)',
    });
    expect(settings.POSTERN_DESK_WEBHOOK_SECRET).toBeUndefined();
    expect(problems).toEqual([
      {
        key: 'POSTERN_DESK_WEBHOOK_SECRET',
        message: 'the vault has no such secret, or the app may not read it; it counts as not set',
      },
    ]);
  });

  it('tells all problems at once', () => {
    const env = { POSTERN_MODE: 'x', POSTERN_DAILY_CAP: 'x', POSTERN_MOED: 'live', POSTERN_RULE_SSPR_PROBED: 'maybe' };
    expect(readSettings(env, RULES).problems.map(({ key }) => key)).toEqual([
      'POSTERN_MODE',
      'POSTERN_DAILY_CAP',
      'POSTERN_RULE_SSPR_PROBED',
      'POSTERN_MOED',
    ]);
  });

  it('guesses what a misspelled name should be', () => {
    expect(readSettings({ POSTERN_MOED: 'live' }).problems[0]?.message).toBe(
      'no setting has this name; did you mean "POSTERN_MODE"?',
    );
    expect(readSettings({ POSTERN_RULE_SPSR_PROBED: 'off' }, RULES).problems[0]?.message).toBe(
      'no rule has this name; did you mean "SSPR_PROBED"?',
    );
  });

  it.each([
    [{ POSTERN_RULE_SSPR_PROBED: 'off' }, { 'sspr-probed': 'off' }, {}],
    [
      { POSTERN_RULE_SSPR_PROBED: 'staged', POSTERN_RULE_RESET_THEN_ROLE: 'on' },
      { 'sspr-probed': 'staged', 'reset-then-role': 'on' },
      {},
    ],
    [{ POSTERN_RULE_SSPR_PROBED__TIMESPAN: '12h' }, {}, { 'sspr-probed': { timespan: '12h' } }],
    [
      { POSTERN_RULE_SSPR_PROBED__TIMESPAN: '12h', POSTERN_RULE_SSPR_PROBED__THRESHOLD: '5' },
      {},
      { 'sspr-probed': { timespan: '12h', threshold: 5 } },
    ],
  ])('reads rule settings %j', (env, ruleModes, ruleValues) => {
    expect(readSettings(env, RULES)).toMatchObject({ problems: [], settings: { ruleModes, ruleValues } });
  });

  it.each([
    { POSTERN_RULE_SSPR_PROBED: 'false' },
    { POSTERN_RULE_SSPR_PROBED__TIMESPAN: '12 hours' },
    { POSTERN_RULE_SSPR_PROBED__THRESHOLD: 'five' },
    { POSTERN_RULE_NO_SUCH_RULE: 'off' },
  ])('a wrong rule setting is told and leaves the rule as it is: %j', (env) => {
    const { settings, problems } = readSettings(env, RULES);
    expect(problems.map(({ key }) => key)).toEqual(Object.keys(env));
    expect(settings.ruleModes).toEqual({});
    expect(settings.ruleValues).toEqual({});
  });

  it('says all that is missing for a part, in words', () => {
    const { settings } = readSettings({ POSTERN_DESK_EMAIL: 'desk@example.org' });
    expect(requireSettings(settings, ['POSTERN_DESK_EMAIL'])).toEqual({ POSTERN_DESK_EMAIL: 'desk@example.org' });
    const ask = () => requireSettings(settings, ['POSTERN_DESK_PHONE', 'POSTERN_DESK_EMAIL', 'POSTERN_HASH_KEY']);
    expect(ask).toThrow(ConfigError);
    expect(ask).toThrow(/^POSTERN_DESK_PHONE is not set\. .*\nPOSTERN_HASH_KEY is not set\. /);
  });

  it('shows effective values with secrets masked', () => {
    const { settings } = readSettings({ POSTERN_HASH_KEY: KEY, POSTERN_DESK_PHONE: '+15550100' });
    const shown = describeSettings(settings);
    expect(shown.map(({ key }) => key)).toEqual(Object.keys(SETTINGS));
    expect(shown.find(({ key }) => key === 'POSTERN_HASH_KEY')?.value).toBe('(set, not shown)');
    expect(shown.find(({ key }) => key === 'POSTERN_DESK_PHONE')?.value).toBe('+15550100');
    expect(JSON.stringify(shown)).not.toContain(KEY);
  });

  it('names are ones that every platform takes', () => {
    for (const name of Object.keys(SETTINGS)) expect(name).toMatch(/^POSTERN_[A-Z0-9_]+$/);
    expect(ruleKey('reset-then-role')).toBe('RESET_THEN_ROLE');
    expect(sourceSetting('directory-audits')).toBe('POSTERN_SOURCE_DIRECTORY_AUDITS');
  });
});
