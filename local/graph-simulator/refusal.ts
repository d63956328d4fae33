/** How Graph says no: a status, a code to act on, a message for people. */

/** Thrown anywhere while a request is answered; becomes Graph's error body. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** A request that cannot be understood or is not supported. */
export function badRequest(message: string, code = 'BadRequest'): Refusal {
  return new Refusal(400, code, message);
}

/** The OData library's words for an option that an endpoint does not take. */
export function optionNotAllowed(option: string): Refusal {
  return badRequest(
    `Query option '${option}' is not allowed. To allow it, set the 'AllowedQueryOptions' property on EnableQueryAttribute or QueryValidationSettings.`,
  );
}

/**
 * How each family of endpoints refuses a caller without the permission. Captured codes, from public reports: they
 * differ, so a client must go by the status.
 */
export const DENIALS = {
  reports: (permission: string) =>
    new Refusal(
      403,
      'Authentication_MSGraphPermissionMissing',
      `Calling principal does not have required MSGraph permissions ${permission}`,
    ),
  risk: () =>
    new Refusal(
      403,
      'Forbidden',
      'You cannot perform the requested operation, required scopes are missing in the token.',
    ),
  methods: () => new Refusal(403, 'accessDenied', 'Request Authorization failed'),
  outlook: () => new Refusal(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.'),
  directory: () =>
    new Refusal(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.'),
} as const;

/** A family of endpoints that refuse alike. */
export type Family = keyof typeof DENIALS;

/** What the reporting APIs answer a tenant without P1 (public captures; Microsoft's page gives the text). */
export function noPremiumLicense(): Refusal {
  return new Refusal(
    403,
    'Authentication_RequestFromNonPremiumTenantOrB2CTenant',
    "Neither tenant is B2C or tenant doesn't have premium license",
  );
}

/** What Identity Protection answers a tenant without P1. */
export function notLicensed(): Refusal {
  return new Refusal(403, 'Forbidden', 'Your tenant is not licensed for this feature.');
}

/** The directory does not know the object. */
export function resourceNotFound(kind: string): Refusal {
  return new Refusal(
    404,
    'Request_ResourceNotFound',
    `Resource of type '${kind}' does not exist or one of its queried reference-property objects are not present.`,
  );
}

/** The whole error body, with the ids that a support case would need. */
export function errorBody(refusal: Refusal, requestId: string, clientRequestId: string, now: number): unknown {
  const date = new Date(now).toISOString().slice(0, 19);
  return {
    error: {
      code: refusal.code,
      message: refusal.message,
      innerError: { date, 'request-id': requestId, 'client-request-id': clientRequestId },
    },
  };
}
