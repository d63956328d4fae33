/** How the help desk gives a lost account back. */
import type { Act } from './attack-plan.ts';
import { phoneChange, securityInfo } from './audit-shape.ts';
import { ATTACKER_PHONE } from './foothold.ts';
import { MINUTE, type Scene, SECOND } from './options.ts';
import { useTemporaryPassword } from './password-stories.ts';
import type { Resident } from './people.ts';
import { resetByDesk } from './recovery-flow.ts';

/** The desk removes the attackers' phone (unless it overlooks it) and gives the owner a new password. */
export function cleanUp({ person, desk }: { person: Resident; desk: Resident }, at: number, keepsPhone = false): Act {
  const spot = desk.office ?? desk.home;
  const play = (scene: Scene) => {
    const doer = { account: desk, ip: spot.ip };
    if (!keepsPhone) {
      securityInfo(scene, {
        account: person,
        at,
        doer,
        activity: 'Admin deleted security info',
        method: 'Mobile Phone',
      });
      phoneChange(scene, {
        account: person,
        at: at + SECOND,
        doer: { account: desk, ip: '' },
        from: ATTACKER_PHONE,
        to: person.number,
      });
    }
    resetByDesk(scene, { account: person, at: at + 2 * MINUTE, desk, spot });
    useTemporaryPassword(scene, { person, spot: person.home, laptop: person.laptop, at: at + 20 * MINUTE });
  };
  return { at, play };
}
