// Looks from outside whether somebody has to be woken. It needs a key of the running app, so it is made after the code is there.
param token string
param location string
param tags object
param appName string
param insightsId string
param actionGroupId string
param frequencySeconds int

resource site 'Microsoft.Web/sites@2024-11-01' existing = {
  name: appName
}

resource test 'Microsoft.Insights/webtests@2022-06-15' = {
  name: 'probe-pluckit-${token}'
  location: location
  tags: union(tags, {
    'hidden-link:${insightsId}': 'Resource'
  })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: 'probe-pluckit-${token}'
    Name: 'ops/status'
    Description: 'Answers 503 when on-call has to be woken, and nothing at all when the app is dead.'
    Enabled: true
    Frequency: frequencySeconds
    Timeout: 30
    Kind: 'standard'
    RetryEnabled: true
    Locations: [
      {
        Id: 'emea-nl-ams-azr'
      }
      {
        Id: 'emea-gb-db3-azr'
      }
      {
        Id: 'us-va-ash-azr'
      }
    ]
    Request: {
      RequestUrl: 'https://${site.properties.defaultHostName}/api/ops/status'
      HttpVerb: 'GET'
      Headers: [
        {
          key: 'x-functions-key'
          value: listKeys('${site.id}/host/default', '2024-11-01').functionKeys.default
        }
      ]
      ParseDependentRequests: false
    }
    ValidationRules: {
      ExpectedHttpStatusCode: 200
      SSLCheck: true
      SSLCertRemainingLifetimeCheck: 7
    }
  }
}

resource alert 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'status-not-ok-${token}'
  location: 'global'
  tags: tags
  properties: {
    description: 'ops/status says that somebody has to be woken, or does not answer. Runbook: docs/operations.md'
    severity: 1
    enabled: true
    scopes: [
      test.id
      insightsId
    ]
    evaluationFrequency: 'PT1M'
    windowSize: frequencySeconds > 300 ? 'PT30M' : 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: test.id
      componentId: insightsId
      failedLocationCount: 2
    }
    autoMitigate: true
    actions: [
      {
        actionGroupId: actionGroupId
      }
    ]
  }
}
