/**
 * Ending somebody's sessions and requiring a new password, by Graph. Off unless POSTERN_DESK_ACTIONS is on; needs the
 * permissions of the pack `desk` (src/azure/permissions.ts). Source: "user: revokeSignInSessions" and "Update user".
 */
import type { z } from 'zod';
import { UpstreamError } from '../../errors.ts';
import type { EnrolledPerson } from '../../model/enrolled-person.ts';
import type { Graph } from '../../ports.ts';
import type { Done } from './shape.ts';

type Step = NonNullable<z.infer<typeof Done>['steps']>[number];

/** Does both for every work account; one that fails does not keep the others. Sessions end first: they are what is used. */
export async function revokeEverything(graph: Graph, person: EnrolledPerson): Promise<Step[]> {
  const steps: Step[] = [];
  for (const { kind, id, upn } of person.accounts) {
    if (kind !== 'work') continue;
    const path = `/users/${encodeURIComponent(id ?? upn)}`;
    steps.push(await attempt(upn, 'sessions', () => graph.post(`${path}/revokeSignInSessions`, {})));
    const body = { passwordProfile: { forceChangePasswordNextSignIn: true } };
    steps.push(await attempt(upn, 'password', () => graph.patch(path, body)));
  }
  return steps;
}

async function attempt(account: string, step: Step['step'], call: () => Promise<unknown>): Promise<Step> {
  try {
    await call();
    return { account, step, ok: true, why: '' };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return { account, step, ok: false, why: whyOf(error, step) };
  }
}

const PERMISSIONS = { sessions: 'User.RevokeSessions.All', password: 'User-PasswordProfile.ReadWrite.All' } as const;

function whyOf({ code }: UpstreamError, step: Step['step']): string {
  if (code === 'FORBIDDEN' || code === 'UNAUTHORIZED')
    return `Graph refuses it. Grant ${PERMISSIONS[step]}; for somebody with an administrator's role the app needs one, too (docs/permissions.md).`;
  if (code === 'NOT_FOUND') return 'Graph does not know this account.';
  return `Graph did not do it (${code}). Try again, or do it in the Entra admin center.`;
}
