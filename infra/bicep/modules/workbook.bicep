// The workbook: people covered, sources, findings, notices, quota, rules, troubles. The queries are files of
// infra/monitoring/workbook; a test parses them and checks that the app writes what they read.

@description('Region of the workbook.')
param location string

@description('Short name of the installation.')
param name string

@description('Workspace with the telemetry.')
param workspaceId string

@description('Tags of the workbook.')
param tags { *: string }

@sealed()
@description('One part of the workbook.')
type tileDefinition = {
  @description('Headline.')
  title: string
  @description('KQL.')
  query: string
  @description('How it is drawn.')
  chart: 'table' | 'tiles' | 'barchart' | 'linechart'
  @description('Width in percent of the page.')
  width: string
}

@description('The parts, in order. The time range at the top applies to all of them.')
var definitions tileDefinition[] = [
  {
    title: 'People covered, and of these reachable over two proven channels'
    query: loadTextContent('../../monitoring/workbook/people-covered.kql')
    chart: 'table'
    width: '50'
  }
  {
    title: 'Rules on, staged, off, blind'
    query: loadTextContent('../../monitoring/workbook/rule-states.kql')
    chart: 'table'
    width: '50'
  }
  {
    title: 'Sources: minutes since the last read, what was read, what is blind and why'
    query: loadTextContent('../../monitoring/workbook/source-freshness.kql')
    chart: 'table'
    width: '100'
  }
  {
    title: 'Findings by outcome and day'
    query: loadTextContent('../../monitoring/workbook/findings-by-outcome.kql')
    chart: 'barchart'
    width: '50'
  }
  {
    title: 'Answers'
    query: loadTextContent('../../monitoring/workbook/answers.kql')
    chart: 'table'
    width: '50'
  }
  {
    title: 'Notices: who was reached'
    query: loadTextContent('../../monitoring/workbook/notices-by-channel.kql')
    chart: 'table'
    width: '50'
  }
  {
    title: 'Notices that did not arrive, by reason'
    query: loadTextContent('../../monitoring/workbook/undelivered-reasons.kql')
    chart: 'table'
    width: '50'
  }
  {
    title: 'Quota left, in percent of the shortest window'
    query: loadTextContent('../../monitoring/workbook/quota-left.kql')
    chart: 'linechart'
    width: '50'
  }
  {
    title: 'Waiting for providers and Graph'
    query: loadTextContent('../../monitoring/workbook/throttling.kql')
    chart: 'table'
    width: '50'
  }
  {
    title: 'Graph subscriptions'
    query: loadTextContent('../../monitoring/workbook/subscriptions.kql')
    chart: 'table'
    width: '50'
  }
  {
    title: 'Timers: minutes since the last heartbeat'
    query: loadTextContent('../../monitoring/workbook/timers.kql')
    chart: 'table'
    width: '50'
  }
  {
    title: 'Dead letters, settings, refused notifications, tasks of the desk'
    query: loadTextContent('../../monitoring/workbook/troubles.kql')
    chart: 'table'
    width: '100'
  }
]

@description('The choice of a time range.')
var timeRange = {
  type: 9
  name: 'time'
  content: {
    version: 'KqlParameterItem/1.0'
    style: 'pills'
    queryType: 0
    parameters: [
      {
        id: guid(name, 'time range')
        version: 'KqlParameterItem/1.0'
        name: 'TimeRange'
        label: 'Time range'
        type: 4
        isRequired: true
        value: {
          durationMs: 604800000
        }
        typeSettings: {
          selectableValues: [
            { durationMs: 3600000 }
            { durationMs: 86400000 }
            { durationMs: 604800000 }
            { durationMs: 2592000000 }
          ]
        }
      }
    ]
  }
}

@description('The parts as the workbook format wants them.')
var parts = [
  for (definition, index) in definitions: {
    type: 3
    name: 'part-${index}'
    customWidth: definition.width
    content: {
      version: 'KqlItem/1.0'
      title: definition.title
      query: definition.query
      size: 0
      noDataMessage: 'Nothing in this time range.'
      timeContextFromParameter: 'TimeRange'
      queryType: 0
      resourceType: 'microsoft.operationalinsights/workspaces'
      visualization: definition.chart
    }
  }
]

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, name, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: '${name}: the watch'
    description: 'Who is covered, what is read, what was found, who was reached, and what the watch cannot see.'
    category: 'workbook'
    version: '1.0'
    sourceId: workspaceId
    serializedData: string({
      version: 'Notebook/1.0'
      items: concat([timeRange], parts)
      fallbackResourceIds: [
        workspaceId
      ]
      '$schema': 'https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json'
    })
  }
}

@description('Resource id of the workbook.')
output id string = workbook.id
