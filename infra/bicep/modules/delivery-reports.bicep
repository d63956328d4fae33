// Lets Azure Communication Services report what became of mail and SMS: delivered, bounced, suppressed, and inbound SMS.
// Event Grid makes a handshake with the endpoint, so this is deployed after the code (parameter deliveryReports).

@description('Name of the topic.')
param name string

@description('Resource id of the communication service.')
param communicationId string

@description('Name of the app that receives the reports.')
param appName string

@description('Host name of that app.')
param appHost string

@description('Tags of the topic.')
param tags { *: string }

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName

  resource receiver 'functions' existing = {
    name: 'delivery-reports'
  }
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    source: communicationId
    topicType: 'Microsoft.Communication.CommunicationServices'
  }
}

resource reports 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'delivery-reports'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    destination: {
      endpointType: 'WebHook'
      properties: {
        // The function's own key, so that nobody else can post reports. Azure shows the address without it.
        endpointUrl: 'https://${appHost}/api/delivery-reports?code=${app::receiver.listKeys().default}'
        minimumTlsVersionAllowed: '1.2'
        maxEventsPerBatch: 1
      }
    }
    filter: {
      includedEventTypes: [
        'Microsoft.Communication.EmailDeliveryReportReceived'
        'Microsoft.Communication.SMSDeliveryReportReceived'
        'Microsoft.Communication.SMSReceived'
      ]
    }
    retryPolicy: {
      eventTimeToLiveInMinutes: 1440
      maxDeliveryAttempts: 30
    }
  }
}
