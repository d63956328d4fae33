/**
 * What real exports were found to do, from the bytes of a file to the event that rules see. One case per trap, each in
 * the export that it was seen in.
 */
import { describe, expect, it } from 'vitest';
import type { LogEvent } from '../../../src/model/log-event.ts';
import { readRecord } from '../../../src/record-event.ts';
import { createSources } from '../../../src/sources/index.ts';
import { readAll } from '../../fixtures/formats/read-all.ts';
import { knowledge } from '../sources/records.ts';

const sources = createSources(knowledge);

/** The events of a file. Every record must be one. */
async function eventsOf(text: string): Promise<readonly LogEvent[]> {
  const { records, problems } = await readAll(text);
  expect(problems).toEqual([]);
  return records.map(({ record }) => {
    const reading = readRecord(sources, record);
    if (reading.kind !== 'event') throw new Error(JSON.stringify(reading));
    return reading.event;
  });
}

async function eventOf(text: string): Promise<LogEvent> {
  const [event, ...others] = await eventsOf(text);
  expect(others).toEqual([]);
  if (!event) throw new Error('no event');
  return event;
}

const monitor = (changes: string, properties = '') =>
  `{"time":"2026-03-01T09:14:27.2852419Z","category":"AuditLogs","operationName":"Reset password (self-service)","correlationId":"c",${changes}"properties":{"id":"a","result":"success","initiatedBy":{"user":{"id":"u","userPrincipalName":"dana@example.org"}},"targetResources":[]${properties}}}`;
const signIn = (changes: string) =>
  `{"id":"s","createdDateTime":"2026-03-01T09:20:00Z","userId":"u","userPrincipalName":"dana@example.org","isInteractive":true,"clientAppUsed":"Browser","ipAddress":"203.0.113.77","status":{"errorCode":0}${changes}}`;
const unified = (changes: string) =>
  `{"CreationTime":"2026-03-01T09:20:00","Id":"n","Workload":"AzureActiveDirectory","RecordType":15,"Operation":"UserLoggedIn","UserId":"dana@example.org","ClientIP":"203.0.113.77"${changes}}`;

describe('times', () => {
  it.each([
    ['Azure Monitor in the words of the US', monitor('"time":"8/22/2022 6:07:16 PM",'), '2022-08-22T18:07:16.000Z'],
    ['an hour of one digit', monitor('"time":"2022-09-09T8:48:50.361Z",'), '2022-09-09T08:48:50.361Z'],
    ['seven digits of a second', monitor(''), '2026-03-01T09:14:27.285Z'],
    ['the unified audit log without a zone', unified(''), '2026-03-01T09:20:00.000Z'],
    ['a leap day', signIn(',"createdDateTime":"2024-02-29T00:00:00Z"'), '2024-02-29T00:00:00.000Z'],
  ])('%s', async (_, text, at) => expect((await eventOf(text)).at.toISOString()).toBe(at));
});

describe('addresses', () => {
  it.each([
    ['"<null>"', {}],
    ['"::1"', {}],
    ['"::2001:db8:1:2:3:4:5:6"', { ip: '2001:db8:1:2:3:4:5:6', network: '2001:db8:1::/48' }],
    ['"203.0.113.77:5678"', { ip: '203.0.113.77', network: '203.0.113.0/24' }],
    ['"[2001:db8:1:2::7]:36185"', { ip: '2001:db8:1:2::7', network: '2001:db8:1::/48' }],
    ['null', {}],
  ])('callerIpAddress %s', async (address, place) => {
    const initiator = '"initiatedBy":{"user":{"id":"u","userPrincipalName":"dana@example.org","ipAddress":null}}';
    expect((await eventOf(monitor(`"callerIpAddress":${address},`, `,${initiator}`))).place).toEqual(place);
    expect((await eventOf(unified(`,"ClientIP":${address}`))).place).toMatchObject(place);
  });

  it('of a signIn is read the same way', async () =>
    expect((await eventOf(signIn(',"ipAddress":"[2001:db8:1:2::7]:36185"'))).place).toMatchObject({
      ip: '2001:db8:1:2::7',
    }));
});

describe('one thing written in several ways', () => {
  it.each(['"Level":4,', '"level":"4",', '"Level":"Information",', '"level":"Informational","Level":4,'])(
    'an envelope with %s',
    async (level) => {
      expect(await eventOf(monitor(level))).toMatchObject({ id: 'a', source: 'directory-audits' });
    },
  );

  it.each([
    ['a number', '"status":{"errorCode":50126}'],
    ['a text', '"status":{"errorCode":"50126"}'],
    ['a text with blanks', '"status":{"errorCode":" 50126 "}'],
  ])('an error code as %s', async (_, status) => {
    const { fields } = await eventOf(signIn(`,${status}`));
    expect(fields.postern.sign_in).toMatchObject({ code: 50126, result: 'wrong_password', status: 'Failure' });
  });

  it.each(['"roles":"User.Read Mail.Read",', '"roles":["User.Read","Mail.Read"],', '"roles":"",'])(
    'a log beside those that are read, with %s',
    async (roles) => {
      const { records } = await readAll(
        `{"time":"2026-03-01T09:14:27Z","category":"MicrosoftGraphActivityLogs","operationName":"Microsoft Graph Activity","properties":{${roles}"requestId":"r","callerIpAddress":"203.0.113.77"}}`,
      );
      expect(records.map(({ record }) => readRecord(sources, record))).toEqual([
        { kind: 'ignored', why: 'Microsoft Graph activity log: who called which API' },
      ]);
    },
  );

  it('an account in capitals', async () => {
    const [a, b] = await eventsOf(
      `${signIn(',"userPrincipalName":"Dana@Example.ORG"')}\n${signIn(',"userPrincipalName":"dana@example.org"')}`,
    );
    expect([a?.subject, b?.subject]).toEqual(Array(2).fill({ id: 'u', upn: 'dana@example.org' }));
  });

  it.each([
    ['a last dot (unified audit log)', unified(',"RecordType":8,"Operation":"Reset user password."')],
    ['a last blank (Graph)', monitor('"operationName":"Reset user password ",')],
    ['both', unified(',"RecordType":8,"Operation":"Reset user password. "')],
  ])('an activity with %s', async (_, text) =>
    expect((await eventOf(text)).fields.activityDisplayName).toBe('Reset user password'),
  );
});

describe('sign-ins that say something else than they are', () => {
  it.each([
    ['UserLoginFailed', '"Success"', '"50126"', 'wrong_password'],
    ['UserLoginFailed', '"Success"', '"50053"', 'locked'],
    ['UserLoggedIn', '"Success"', '"0"', 'success'],
    ['UserLoggedIn', '"Succeeded"', 'null', 'success'],
    ['UserLoggedIn', '"Success"', '"50140"', 'interrupt'],
  ])('%s with ResultStatus %s and ErrorNumber %s', async (operation, status, number, result) => {
    const changes = `,"Operation":"${operation}","ResultStatus":${status},"ErrorNumber":${number}`;
    expect((await eventOf(unified(changes))).fields.postern.sign_in).toMatchObject({ result });
  });

  it.each([50140, 65001, 50058, 50072])('%d is an interrupt, no failure and no success', async (code) => {
    const event = await eventOf(signIn(`,"status":{"errorCode":${code}}`));
    expect(event.fields.postern.sign_in).toMatchObject({ result: 'interrupt', status: 'Interrupted' });
    expect(event.arrived).toBe(false);
  });
});

describe('files', () => {
  it('with nearly every second record twice have each once, by its id', async () => {
    const file = ['a', 'b', 'a', 'c', 'b', 'a', 'd', 'a', 'e'].map((id) => signIn(`,"id":"${id}"`)).join('\n');
    const events = await eventsOf(file);
    expect(events).toHaveLength(9);
    expect([...new Set(events.map(({ action }) => action))]).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('cut in the middle of a record have all before it, and say where', async () => {
    const all = await readAll(`${signIn(',"id":"a"')}\n${signIn(',"id":"b"')}\n${signIn(',"id":"c"').slice(0, 99)}`);
    expect(all.records.map(({ record }) => record.id)).toEqual(['a', 'b']);
    expect(all.problems).toEqual([
      {
        line: 3,
        unit: 'line',
        message: 'the file ends in the middle of this record: it was cut off; export or copy it again to have the rest',
        lost: 'rest',
      },
    ]);
  });
});

describe('records of one action share a key', () => {
  const audit = (id: string, activity: string, at = '09:14:27', more = '') =>
    `{"id":"${id}","activityDisplayName":"${activity}","activityDateTime":"2026-03-01T${at}Z","correlationId":"c","category":"UserManagement","result":"success","loggedByService":"Authentication Methods","initiatedBy":{"user":{"id":"u","userPrincipalName":"dana@example.org"}},"targetResources":[{"id":"u","type":"User","userPrincipalName":"dana@example.org"}]${more}}`;
  it.each<readonly [string, readonly string[], readonly string[]]>([
    [
      'a registration: three',
      [
        audit('1', 'User started security info registration'),
        audit('2', 'User registered security info', '09:14:40'),
        audit('3', 'User registered all required security info', '09:14:41'),
      ],
      ['registration:c'],
    ],
    [
      'a passkey: two',
      [audit('1', 'Add Passkey (device-bound)'), audit('2', 'User registered security info')],
      ['registration:c'],
    ],
    [
      'a reset: three in one second',
      [
        audit('1', 'Reset password (self-service)'),
        audit('2', 'Reset user password'),
        audit(
          '3',
          'Self-service password reset flow activity progress',
          '09:14:27',
          ',"resultReason":"User successfully reset password","loggedByService":"Self-service Password Management"',
        ),
      ],
      ['reset:c'],
    ],
    [
      'the revocation of the same second is another',
      [audit('1', 'Reset password (self-service)'), audit('2', 'Update StsRefreshTokenValidFrom Timestamp')],
      ['reset:c', '2'],
    ],
  ])('%s', async (_, lines, actions) => {
    const events = await eventsOf(lines.join('\n'));
    expect([...new Set(events.map(({ action }) => action))]).toEqual(actions);
  });
});
