// Alert rules over the app's own telemetry and the audit log of its tables, and one over Service Bus that works even when
// the app writes nothing.
// The queries are files of infra/monitoring/alerts; a test parses them and checks that the app writes what they read.

@description('Region of the alert rules.')
param location string

@description('Short name of the installation, the first word of every alert.')
param name string

@description('Workspace with the telemetry.')
param workspaceId string

@description('Service Bus namespace whose dead letters are watched.')
param serviceBusId string

@description('Object id of the app\'s identity, the only one that should touch the data tables.')
param appObjectId string

@description('Mail address of the desk; empty = alerts show in the portal only.')
param deskEmail string

@description('False: the rules exist but stay silent, for the time of an installation.')
param enabled bool

@description('Tags of every resource.')
param tags { *: string }

@sealed()
@description('One alert rule over telemetry. A rule fires for each row that its query returns.')
type alertDefinition = {
  @description('Part of the rule\'s name.')
  name: string
  @description('First line of the alert.')
  title: string
  @description('What it means and what to do.')
  description: string
  @description('KQL that returns a row per trouble.')
  query: string
  @description('Column that makes alerts of their own, as source.')
  split: string?
  @description('0 critical to 4 verbose.')
  @minValue(0)
  @maxValue(4)
  severity: int
  @description('How often it runs, ISO 8601.')
  frequency: string
  @description('How far back the query looks, ISO 8601.')
  window: string
}

@description('The rules.')
var definitions alertDefinition[] = [
  {
    name: 'source-stale'
    title: 'a log source went quiet'
    description: 'No successful read for 30 minutes. Nothing new can be found there. See "A source or timer is quiet" in docs/runbook.md.'
    query: loadTextContent('../../monitoring/alerts/source-stale.kql')
    split: 'source'
    severity: 1
    frequency: 'PT15M'
    window: 'P1D'
  }
  {
    name: 'timer-stale'
    title: 'a timer stopped'
    description: 'The function host no longer starts this timer. See "A source or timer is quiet" in docs/runbook.md.'
    query: loadTextContent('../../monitoring/alerts/timer-stale.kql')
    split: 'timer'
    severity: 1
    frequency: 'PT15M'
    window: 'P2D'
  }
  {
    name: 'source-blind'
    title: 'a log source cannot be read'
    description: 'A licence, a permission or an opt-in is missing; rules are blind. See "Blind rules" in docs/runbook.md.'
    query: loadTextContent('../../monitoring/alerts/source-blind.kql')
    split: 'source'
    severity: 3
    frequency: 'P1D'
    window: 'P1D'
  }
  {
    name: 'subscription-near-end'
    title: 'a Graph subscription is about to end'
    description: 'Renewing failed or the subscription is gone. Polling still finds everything, later. See "Subscriptions" in docs/runbook.md.'
    query: loadTextContent('../../monitoring/alerts/subscription-near-end.kql')
    split: 'subscriptionKind'
    severity: 2
    frequency: 'PT30M'
    window: 'PT2H'
  }
  {
    name: 'notice-undelivered'
    title: 'a notice did not arrive'
    description: 'The next channel is being tried; where unreachable is above 0 the desk must reach the person. See "A notice did not arrive" in docs/runbook.md.'
    query: loadTextContent('../../monitoring/alerts/notice-undelivered.kql')
    split: 'channel'
    severity: 1
    frequency: 'PT15M'
    window: 'PT15M'
  }
  {
    name: 'dead-letters'
    title: 'messages were given up'
    description: 'A message failed ten times or expired. See "Dead letters" in docs/runbook.md.'
    query: loadTextContent('../../monitoring/alerts/dead-letters.kql')
    split: 'queue'
    severity: 2
    frequency: 'PT15M'
    window: 'PT15M'
  }
  {
    name: 'provider-throttled'
    title: 'a channel waits for its quota'
    description: 'Notices are late by the quota of the provider. See "Quota" in docs/runbook.md.'
    query: loadTextContent('../../monitoring/alerts/provider-throttled.kql')
    split: 'channel'
    severity: 3
    frequency: 'PT1H'
    window: 'PT1H'
  }
  {
    name: 'settings-problem'
    title: 'a setting is wrong'
    description: 'The default is used instead. postern doctor says what is wrong with it.'
    query: loadTextContent('../../monitoring/alerts/settings-problem.kql')
    split: 'key'
    severity: 3
    frequency: 'PT1H'
    window: 'PT2H'
  }
  {
    name: 'data-touched'
    title: 'somebody else touched the data tables'
    description: 'Not the app but another identity read or wrote who is enrolled or under attack. See "Somebody touched the tables" in docs/runbook.md.'
    query: replace(loadTextContent('../../monitoring/alerts/data-touched.kql'), 'APP_OBJECT_ID', appObjectId)
    split: 'who'
    severity: 2
    frequency: 'PT1H'
    window: 'PT2H'
  }
  {
    name: 'weekly-heartbeat'
    title: 'the watch is awake'
    description: 'Sent on Mondays as a sign of life. When it does not come, look at once: the watch or this alert is dead.'
    query: loadTextContent('../../monitoring/alerts/weekly-heartbeat.kql')
    severity: 4
    frequency: 'P1D'
    window: 'P1D'
  }
]

resource desk 'Microsoft.Insights/actionGroups@2023-01-01' = if (deskEmail != '') {
  name: 'ag-${name}-desk'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: take(name, 12)
    emailReceivers: [
      {
        name: 'desk'
        emailAddress: deskEmail
        useCommonAlertSchema: true
      }
    ]
  }
}

resource rule 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for definition in definitions: {
    name: 'alert-${name}-${definition.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${name}: ${definition.title}'
      description: definition.description
      severity: definition.severity
      enabled: enabled
      evaluationFrequency: definition.frequency
      windowSize: definition.window
      scopes: [
        workspaceId
      ]
      // A sign of life must not be "resolved" the next day; everything else closes by itself when the trouble ends.
      autoMitigate: definition.name != 'weekly-heartbeat' && definition.frequency != 'P1D'
      criteria: {
        allOf: [
          {
            query: definition.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            dimensions: contains(definition, 'split')
              ? [
                  {
                    name: definition.split!
                    operator: 'Include'
                    values: [
                      '*'
                    ]
                  }
                ]
              : []
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: deskEmail == ''
          ? []
          : [
              desk.id
            ]
      }
    }
  }
]

resource deadLetterMetric 'Microsoft.Insights/metricAlerts@2026-01-01' = {
  name: 'alert-${name}-dead-letter-count'
  location: 'global'
  tags: tags
  properties: {
    description: 'Dead letters wait in a queue and nobody drains them: the app may be down. See "Dead letters" in docs/runbook.md.'
    severity: 2
    enabled: enabled
    scopes: [
      serviceBusId
    ]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT30M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'dead letters'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: 'DeadletteredMessages'
          dimensions: [
            {
              name: 'EntityName'
              operator: 'Include'
              values: [
                '*'
              ]
            }
          ]
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Minimum'
        }
      ]
    }
    actions: deskEmail == ''
      ? []
      : [
          {
            actionGroupId: desk.id
          }
        ]
  }
}
