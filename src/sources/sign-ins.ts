/** Entra sign-in log, interactive and not: Graph `auditLogs/signIns`. */
import { z } from 'zod';
import type { LogEvent, Place, PosternFields, Reading } from '../model/log-event.ts';
import type { LineSchema, LogSource } from '../model/log-source.ts';
import { SIGN_IN_FIELDS } from './field-maps.ts';
import type { Lookups } from './knowledge.ts';
import { locate } from './network.ts';
import { accountOf, explain, identifier, object, type RawRecord, text } from './record.ts';
import { type SignInResult, signInResult, TEMPORARY_PASSWORD } from './sign-in-codes.ts';
import { NOT_AN_INSTANT, parseInstant } from './times.ts';

/** The part of a signIn that Postern reads. Used to say what is wrong with a record that cannot be read. */
export const SignIn = z.looseObject({
  id: z.string().min(1),
  createdDateTime: z.string().refine((value) => parseInstant(value) !== undefined, NOT_AN_INSTANT),
  status: z.looseObject({
    errorCode: z.union([z.number(), z.string().regex(/^\s*\d+\s*$/, 'not a number')]),
    failureReason: z.string().nullish(),
    additionalDetails: z.string().nullish(),
  }),
  userId: z.string().nullish(),
  userPrincipalName: z.string().nullish(),
});

const SERVICE_PRINCIPAL: Reading = { kind: 'ignored', why: 'sign-in of an application' };
const NOBODY: Reading = { kind: 'ignored', why: 'sign-in that names no user' };

/** The Entra sign-in log. */
export function createSignIns(lookups: Lookups): LogSource {
  return {
    name: 'sign-ins',
    title: 'Sign-ins',
    needs: ['Graph permission AuditLog.Read.All', 'Microsoft Entra ID P1 or P2'],
    logSources: [
      { product: 'azure', service: 'signinlogs' },
      { product: 'm365', service: 'audit' },
    ],
    fields: SIGN_IN_FIELDS,
    dispatchField: 'postern.sign_in.result',
    lines: signInLines(lookups),
    recognizes,
    toLogEvent: (record) => read(record, lookups),
  };
}

/** A mail and an audit record have `createdDateTime` too; only a sign-in has a status with a code, or a client app. */
function recognizes(record: RawRecord): boolean {
  if (record.createdDateTime === undefined) return false;
  const { status } = record;
  if (typeof status === 'object' && status !== null && 'errorCode' in status) return true;
  return record.clientAppUsed !== undefined || record.isInteractive !== undefined || 'signInEventTypes' in record;
}

function read(record: RawRecord, lookups: Lookups): Reading {
  const status = object(record.status);
  const at = parseInstant(record.createdDateTime);
  const id = text(record.id);
  const code = codeOf(status?.errorCode);
  if (at === undefined || id === undefined || code === undefined)
    return explain(SignIn, record, 'status: not readable');
  const subject = accountOf(record.userId, record.userPrincipalName);
  if (!subject) return record.servicePrincipalId ? SERVICE_PRINCIPAL : NOBODY;
  const place = placeOf(record, lookups);
  const postern = signInFields(record, status ?? {}, code);
  Object.assign(postern, place);
  const listed = lookups.indicators.ofAddress(place.ip);
  if (listed) postern.indicator = listed;
  const event: LogEvent = {
    source: 'sign-ins',
    id,
    action: id,
    at: new Date(at),
    subject,
    place,
    arrived: code === 0 && !isDoubtful(record, place),
    fields: { ...record, postern },
  };
  return { kind: 'event', event };
}

/** Codes come as numbers from Graph and as text from the exports. */
function codeOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : undefined;
}

/**
 * A risky sign-in without a device teaches no place: an attacker who got in and waits a day would otherwise find the
 * own network familiar. The owner on a journey, flagged for the unfamiliar place, has a device.
 */
function isDoubtful(record: RawRecord, place: Place): boolean {
  if (place.device !== undefined) return false;
  const level = text(record.riskLevelDuringSignIn)?.toLowerCase() ?? 'none';
  const state = text(record.riskState)?.toLowerCase() ?? 'none';
  return !['none', 'hidden'].includes(level) || ['atrisk', 'confirmedcompromised'].includes(state);
}

function signInFields(record: RawRecord, status: RawRecord, code: number): PosternFields {
  const result = resultOf(record, status, code);
  const sign_in = {
    result,
    status: statusWord(code, result),
    operation: code === 0 ? 'UserLoggedIn' : 'UserLoginFailed',
    code,
    interactive: isInteractive(record),
    legacy: isLegacy(record.clientAppUsed),
    temporary_password: code === TEMPORARY_PASSWORD,
  };
  return { by: 'self', sign_in };
}

function resultOf(record: RawRecord, status: RawRecord, code: number): SignInResult {
  return signInResult(
    code,
    () => detailsOf(record, status),
    () => isInteractive(record),
  );
}

function statusWord(code: number, result: SignInResult): string {
  if (code === 0) return 'Success';
  return result === 'interrupt' ? 'Interrupted' : 'Failure';
}

function detailsOf(record: RawRecord, status: RawRecord): string {
  const steps = Array.isArray(record.authenticationDetails) ? record.authenticationDetails : [];
  const results = steps.map((step) => text(object(step)?.authenticationStepResultDetail));
  return [text(status.failureReason), text(status.additionalDetails), ...results].join(' ');
}

/** Members of a signIn that are read without parsing it, in Graph's order (beta; v1.0 leaves some out). */
const MEMBERS = [
  ...['createdDateTime', 'userPrincipalName', 'userId', 'appId', 'appDisplayName', 'ipAddress', 'clientAppUsed'],
  ...['userAgent', 'conditionalAccessStatus', 'isInteractive', 'riskDetail', 'riskLevelAggregated'],
  ...['riskLevelDuringSignIn', 'riskState', 'resourceDisplayName', 'resourceId', 'authenticationRequirement'],
  ...['userType', 'crossTenantAccessType', 'incomingTokenType', 'authenticationProtocol', 'status.errorCode'],
  ...['status.failureReason', 'status.additionalDetails', 'deviceDetail.deviceId', 'deviceDetail.operatingSystem'],
  ...['deviceDetail.browser', 'deviceDetail.isCompliant', 'deviceDetail.isManaged', 'deviceDetail.trustType'],
];

function signInLines({ indicators }: Lookups): LineSchema {
  // NaN where there is no code: then the record is unreadable, and `matters`.
  const codeIn = (record: RawRecord) => codeOf(object(record.status)?.errorCode) ?? Number.NaN;
  const resultIn = (record: RawRecord) => resultOf(record, object(record.status) ?? {}, codeIn(record));
  return {
    members: MEMBERS,
    time: 'createdDateTime',
    instant: parseInstant,
    fields: {
      'postern.by': () => 'self',
      'postern.ip': (record) => locate(record.ipAddress).ip,
      'postern.network': (record) => locate(record.ipAddress).network,
      'postern.indicator': (record) => indicators.ofAddress(locate(record.ipAddress).ip),
      'postern.sign_in.result': resultIn,
      'postern.sign_in.status': (record) => statusWord(codeIn(record), resultIn(record)),
      'postern.sign_in.operation': (record) => (codeIn(record) === 0 ? 'UserLoggedIn' : 'UserLoginFailed'),
      'postern.sign_in.code': codeIn,
      'postern.sign_in.interactive': isInteractive,
      'postern.sign_in.legacy': (record) => isLegacy(record.clientAppUsed),
      'postern.sign_in.temporary_password': (record) => codeIn(record) === TEMPORARY_PASSWORD,
    },
    matters: (record) => Number.isNaN(codeIn(record)),
    arrival: {
      account: ['userPrincipalName', 'userId'],
      place: ['ipAddress', 'deviceDetail.deviceId'],
      of: (record) => {
        const device = identifier(object(record.deviceDetail)?.deviceId);
        const place = { ...locate(record.ipAddress), ...(device !== undefined && { device }) };
        return { account: accountOf(record.userId, record.userPrincipalName), place };
      },
    },
  };
}

function isInteractive(record: RawRecord): boolean {
  if (typeof record.isInteractive === 'boolean') return record.isInteractive;
  if (typeof record.isInteractive === 'string') return record.isInteractive.toLowerCase() === 'true';
  const types = record.signInEventTypes;
  return !Array.isArray(types) || types.length === 0 || types.includes('interactiveUser');
}

/** Clients that can do multi-factor; every other named client is a legacy protocol (Entra's own grouping). */
const MODERN_CLIENTS: ReadonlySet<unknown> = new Set(['Browser', 'Mobile Apps and Desktop clients']);

function isLegacy(clientApp: unknown): boolean {
  if (MODERN_CLIENTS.has(clientApp)) return false;
  const name = text(clientApp)?.toLowerCase();
  return name !== undefined && !/^(?:browser$|mobile apps and desktop|unknown|n\/?a$|-$)/.test(name);
}

function placeOf(record: RawRecord, { clientOf }: Lookups): Place {
  const device = object(record.deviceDetail);
  const country = countryOf(object(record.location)?.countryOrRegion);
  const asn = asnOf(record.autonomousSystemNumber);
  const id = identifier(device?.deviceId);
  const client = clientOf(device?.operatingSystem, device?.browser, record.userAgent);
  const place: { -readonly [K in keyof Place]: Place[K] } = { ...locate(record.ipAddress) };
  if (asn !== undefined) place.asn = asn;
  if (country !== undefined) place.country = country;
  if (id !== undefined) place.device = id;
  if (client !== undefined) place.client = client;
  return place;
}

/** Exports without codes name countries in words, which differ by language: no code, no country. */
export function countryOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[a-z]{2}$/i.test(value) ? value.toUpperCase() : undefined;
}

function asnOf(value: unknown): string | undefined {
  const number = Number(value);
  return value !== null && value !== '' && number > 0 ? String(number) : undefined;
}
