/**
 * Names that rule sets and exports use for fields, onto paths of `LogEvent.fields`. docs/fields.md shows the same tables;
 * a test keeps them equal.
 *
 * Names come from the rules of SigmaHQ for azure and m365, the Azure Monitor export and the Log Analytics tables. Graph's own
 * paths need no entry. A path that ends on an object or a list of objects stands for its compact JSON text.
 */
import type { FieldMap } from '../model/log-source.ts';

const ACTIVITY = ['activityDisplayName'];
const INITIATOR = [
  'initiatedBy.user.userPrincipalName',
  'initiatedBy.user.displayName',
  'initiatedBy.user.id',
  'initiatedBy.app.displayName',
  'initiatedBy.app.appId',
];

/** For `azure/auditlogs` and the Entra part of `m365/audit`. */
export const DIRECTORY_AUDIT_FIELDS: FieldMap = {
  OperationName: ACTIVITY,
  'properties.message': ACTIVITY,
  'properties.activityDisplayName': ACTIVITY,
  'properties.operationName': ACTIVITY,
  ActivityType: ACTIVITY,
  Activity: ACTIVITY,
  Operation: [...ACTIVITY, 'operation'],
  ActivityDateTime: ['activityDateTime'],
  'properties.activityDateTime': ['activityDateTime'],
  TimeGenerated: ['activityDateTime'],
  CorrelationId: ['correlationId'],
  'properties.correlationId': ['correlationId'],
  'properties.category': ['category'],
  'properties.loggedByService': ['loggedByService'],
  Service: ['loggedByService'],
  AADOperationType: ['operationType'],
  'properties.operationType': ['operationType'],
  Status: ['result', 'resultReason'],
  'properties.result': ['result'],
  ResultStatus: ['result'],
  ResultDescription: ['resultReason'],
  'properties.resultReason': ['resultReason'],
  failure_status_reason: ['resultReason'],
  Initiatedby: INITIATOR,
  'Initiatied.By': INITIATOR,
  'properties.initiatedBy': INITIATOR,
  InitiatingUserOrApp: INITIATOR,
  Actor: INITIATOR,
  Identity: ['initiatedBy.user.displayName', 'initiatedBy.app.displayName'],
  'properties.initiatedBy.user.userPrincipalName': ['initiatedBy.user.userPrincipalName'],
  'properties.initiatedBy.user.ipAddress': ['initiatedBy.user.ipAddress'],
  'properties.initiatedBy.app.displayName': ['initiatedBy.app.displayName'],
  callerIpAddress: ['initiatedBy.user.ipAddress'],
  IPAddress: ['initiatedBy.user.ipAddress'],
  Target: ['targetResources.userPrincipalName', 'targetResources.displayName', 'targetResources.id'],
  'properties.targetResources': ['targetResources'],
  'properties.targetResources.type': ['targetResources.type'],
  'properties.targetResources.userPrincipalName': ['targetResources.userPrincipalName'],
  'properties.targetResources.displayName': ['targetResources.displayName'],
  'properties.targetResources.modifiedProperties': ['targetResources.modifiedProperties'],
  ModifiedProperties: ['targetResources.modifiedProperties'],
  'properties.additionalDetails': ['additionalDetails'],
  'additionalDetails.additionalInfo': ['additionalDetails.value'],
  'ConsentContext.IsAdminConsent': ['postern.consent.admin'],
};

const SIGN_IN_STATUS = ['postern.sign_in.status', 'status.failureReason', 'status.additionalDetails'];

/** For `azure/signinlogs` and the sign-in part of `m365/audit`. */
export const SIGN_IN_FIELDS: FieldMap = {
  ResultType: ['status.errorCode'],
  'properties.status.errorCode': ['status.errorCode'],
  ErrorCode: ['status.errorCode'],
  ResultDescription: ['status.failureReason', 'status.additionalDetails'],
  Status: SIGN_IN_STATUS,
  ResultStatus: ['postern.sign_in.status'],
  'properties.message': ['authenticationProtocol'],
  'properties.authenticationProtocol': ['authenticationProtocol'],
  'properties.authenticationRequirement': ['authenticationRequirement'],
  'properties.appId': ['appId'],
  ApplicationId: ['appId'],
  'properties.appDisplayName': ['appDisplayName'],
  Application: ['appDisplayName'],
  ClientApp: ['clientAppUsed'],
  'properties.clientAppUsed': ['clientAppUsed'],
  Username: ['userPrincipalName'],
  User: ['userPrincipalName', 'userDisplayName'],
  Identity: ['userDisplayName'],
  UserId: ['userId', 'userPrincipalName'],
  'properties.userPrincipalName': ['userPrincipalName'],
  'properties.userAgent': ['userAgent'],
  callerIpAddress: ['ipAddress'],
  ClientIP: ['ipAddress'],
  ActorIpAddress: ['ipAddress'],
  'properties.ipAddress': ['ipAddress'],
  Location: ['location.countryOrRegion', 'location.state', 'location.city'],
  LocationDetails: ['location'],
  'properties.location.countryOrRegion': ['location.countryOrRegion'],
  Country: ['location.countryOrRegion'],
  NetworkLocationDetails: ['networkLocationDetails'],
  'properties.networkLocationDetails': ['networkLocationDetails'],
  DeviceInfo: ['deviceDetail'],
  'properties.deviceDetail': ['deviceDetail'],
  'properties.deviceDetail.deviceId': ['deviceDetail.deviceId'],
  'properties.deviceDetail.isCompliant': ['deviceDetail.isCompliant'],
  'properties.deviceDetail.trustType': ['deviceDetail.trustType'],
  'properties.conditionalAccessStatus': ['conditionalAccessStatus'],
  'properties.riskState': ['riskState'],
  'properties.riskLevelDuringSignIn': ['riskLevelDuringSignIn'],
  RiskEventTypes_V2: ['riskEventTypes_v2'],
  ObjectId: ['resourceId'],
  'properties.resourceDisplayName': ['resourceDisplayName'],
  AADTenantId: ['resourceTenantId'],
  TimeGenerated: ['createdDateTime'],
  'properties.createdDateTime': ['createdDateTime'],
  RequestType: ['requestType'],
  Operation: ['postern.sign_in.operation'],
};

/** For `azure/riskdetection` and `azure/pim`. */
export const RISK_DETECTION_FIELDS: FieldMap = {
  riskType: ['riskEventType'],
  'properties.riskEventType': ['riskEventType'],
  'properties.riskType': ['riskEventType'],
  'properties.riskLevel': ['riskLevel'],
  'properties.riskState': ['riskState'],
  'properties.riskDetail': ['riskDetail'],
  'properties.userPrincipalName': ['userPrincipalName'],
  'properties.ipAddress': ['ipAddress'],
  callerIpAddress: ['ipAddress'],
  Username: ['userPrincipalName'],
  Location: ['location.countryOrRegion', 'location.state', 'location.city'],
  TimeGenerated: ['detectedDateTime'],
};

/** For `postern/provider-mail`: exchange message trace and mailbox messages, brought to the trace's names. */
export const PROVIDER_MAIL_FIELDS: FieldMap = {
  Sender: ['senderAddress'],
  SenderFromAddress: ['senderAddress'],
  'from.emailAddress.address': ['senderAddress'],
  Recipient: ['recipientAddress'],
  RecipientEmailAddress: ['recipientAddress'],
  Received: ['receivedDateTime'],
  Timestamp: ['receivedDateTime'],
};

/** For `postern/authentication-methods`. */
export const AUTHENTICATION_METHOD_FIELDS: FieldMap = {
  methodType: ['postern.method.type'],
  userPrincipalName: ['account.userPrincipalName'],
};

/** For `m365/audit`, `exchange`, `threat_management` and `threat_detection`. */
export const MAILBOX_ACTIVITY_FIELDS: FieldMap = {
  Workload: ['service'],
  OfficeWorkload: ['service'],
  RecordType: ['auditLogRecordType'],
  CreationTime: ['createdDateTime'],
  TimeGenerated: ['createdDateTime'],
  ClientIPAddress: ['clientIp'],
  ActorIpAddress: ['clientIp'],
  Client_IPAddress: ['clientIp'],
  UserKey: ['auditData.UserKey'],
  OfficeObjectId: ['objectId'],
  Parameters: ['auditData.Parameters'],
  OperationProperties: ['auditData.OperationProperties'],
  ModifiedProperties: ['auditData.ModifiedProperties'],
  ExtendedProperties: ['auditData.ExtendedProperties'],
  ApplicationId: ['auditData.ApplicationId', 'auditData.AppId'],
  RequestType: ['auditData.RequestType'],
  ResultStatus: ['auditData.ResultStatus'],
  Directionality: ['auditData.Directionality'],
  DeliveryAction: ['auditData.DeliveryAction'],
  Payload: ['auditData'],
  MailboxOwnerUPN: ['auditData.MailboxOwnerUPN'],
  ClientInfoString: ['auditData.ClientInfoString'],
  AffectedItems: ['auditData.AffectedItems'],
  Item: ['auditData.Item'],
  eventSource: ['service', 'auditData.Source'],
  eventName: ['auditData.Name', 'operation'],
  status: ['postern.mailbox.status'],
};
