import { compact, type Fields, given, rowId } from './columns.ts';

/** The portal writes up to three targets with five properties each, and up to six details. */
const TARGETS = [1, 2, 3];
const PROPERTIES = [1, 2, 3, 4, 5];
const DETAILS = [1, 2, 3, 4, 5, 6];

/**
 * A row of the Entra admin center's audit CSV as Graph's directoryAudit. Header names are given in lower case. Rows
 * have no id: theirs is made of correlation id, time and content, so that a row read twice stays one record.
 */
export function fromPortalAudit(row: Readonly<Fields>): Fields {
  const text = (name: string) => given(row[name]);
  const at = text('date (utc)') ?? text('date');
  return compact({
    id: text('id') ?? rowId([text('correlationid'), at], row),
    activityDateTime: at,
    activityDisplayName: text('activity'),
    category: text('category'),
    correlationId: text('correlationid'),
    result: text('result')?.toLowerCase(),
    resultReason: text('resultreason') ?? '',
    loggedByService: text('service'),
    userAgent: text('useragent') ?? text('user agent'),
    initiatedBy: initiatedBy(row),
    targetResources: TARGETS.map((index) => target(row, `target${index}`)).filter((item) => item !== undefined),
    additionalDetails: DETAILS.flatMap((index) => {
      const key = text(`additionaldetail${index}key`);
      return key === undefined ? [] : [{ key, value: text(`additionaldetail${index}value`) ?? null }];
    }),
  });
}

function initiatedBy(row: Readonly<Fields>): Fields {
  const displayName = given(row.actordisplayname) ?? null;
  const upn = given(row.actoruserprincipalname);
  const isApp = /^app/i.test(given(row.actortype) ?? '') || (upn === undefined && given(row.actorserviceprincipalid));
  if (isApp) {
    const servicePrincipalId = given(row.actorserviceprincipalid) ?? given(row.actorobjectid) ?? null;
    return {
      app: { displayName, servicePrincipalId, servicePrincipalName: given(row.actorserviceprincipalname) ?? null },
    };
  }
  return {
    user: {
      id: given(row.actorobjectid) ?? null,
      displayName,
      userPrincipalName: upn ?? null,
      ipAddress: given(row.ipaddress) ?? given(row['ip address']) ?? null,
      homeTenantId: given(row.actorhometenantid) ?? null,
    },
  };
}

function target(row: Readonly<Fields>, prefix: string): Fields | undefined {
  const id = given(row[`${prefix}objectid`]) ?? given(row[`${prefix}id`]) ?? null;
  const type = given(row[`${prefix}type`]);
  const displayName = given(row[`${prefix}displayname`]) ?? null;
  const userPrincipalName = given(row[`${prefix}userprincipalname`]);
  const modifiedProperties = PROPERTIES.flatMap((index) => {
    const name = given(row[`${prefix}modifiedproperty${index}name`]);
    if (name === undefined) return [];
    const oldValue = given(row[`${prefix}modifiedproperty${index}oldvalue`]) ?? null;
    return [{ displayName: name, oldValue, newValue: given(row[`${prefix}modifiedproperty${index}newvalue`]) ?? null }];
  });
  if (id === null && type === undefined && displayName === null && userPrincipalName === undefined) return undefined;
  return compact({ id, displayName, type, userPrincipalName, modifiedProperties });
}
