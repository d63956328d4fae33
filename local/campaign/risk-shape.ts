/** Risk detections in Graph's shape. */
import type { Device } from './devices.ts';
import { type Account, MINUTE, type Scene } from './options.ts';
import type { Spot } from './places.ts';
import { fraction, locationOf } from './sign-in-shape.ts';

/** What a risk detection says of a sign-in. */
export interface Risk {
  readonly account: Account;
  readonly at: number;
  readonly spot: Spot;
  readonly device: Device;
  readonly type: string;
  readonly state: 'atRisk' | 'dismissed' | 'remediated';
  readonly detail?: string;
  /** Detected minutes later (realtime) or up to a day later (offline). */
  readonly timing: 'realtime' | 'offline';
  readonly request: { readonly id: string; readonly correlationId: string };
  readonly level?: 'low' | 'medium' | 'high';
}

/** Writes a risk detection; it arrives when Identity Protection noticed, not when it happened. */
export function riskDetection(scene: Scene, risk: Risk): void {
  const { random } = scene;
  const delay = risk.timing === 'realtime' ? random.int(1, 8) * MINUTE : random.int(20, 1380) * MINUTE;
  scene.put(
    'risk-detections',
    risk.at,
    {
      id: random.uuid(),
      requestId: risk.request.id,
      correlationId: risk.request.correlationId,
      riskEventType: risk.type,
      riskState: risk.state,
      riskLevel: risk.level ?? 'medium',
      riskDetail: risk.detail ?? 'none',
      source: 'IdentityProtection',
      detectionTimingType: risk.timing,
      activity: 'signin',
      tokenIssuerType: 'AzureAD',
      ipAddress: risk.spot.ip,
      location: locationOf(risk.spot),
      activityDateTime: fraction(risk.at, random.int(0, 9999)),
      detectedDateTime: fraction(risk.at + delay, random.int(0, 9999)),
      lastUpdatedDateTime: fraction(risk.at + delay, random.int(0, 9999)),
      userId: risk.account.id,
      userDisplayName: risk.account.name,
      userPrincipalName: risk.account.upn,
      additionalInfo: JSON.stringify([{ Key: 'userAgent', Value: risk.device.userAgent }]),
    },
    delay,
  );
}
