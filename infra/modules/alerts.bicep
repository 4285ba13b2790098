// Who is told when: one rule for each query of ../queries, and the workbook. docs/operations.md says what to do.
param token string
param location string
param tags object
param insightsId string
param actionGroupId string

// severity: 0 critical, 1 page, 3 ticket. `when` is a comparison of the number of rows in the window with `threshold`.
// `dimension` splits a rule: each alert, queue or timer fires and resolves by itself.
var rules = [
  {
    name: 'alert-page'
    title: 'The watchdog pages'
    severity: 1
    query: loadTextContent('../queries/alert-page.kql')
    window: 'PT15M'
    frequency: 'PT5M'
    when: 'GreaterThan'
    threshold: 0
    dimension: 'alert'
  }
  {
    name: 'alert-ticket'
    title: 'The watchdog has a ticket'
    severity: 3
    query: loadTextContent('../queries/alert-ticket.kql')
    window: 'PT30M'
    frequency: 'PT15M'
    when: 'GreaterThan'
    threshold: 0
    dimension: 'alert'
  }
  {
    name: 'watch-silent'
    title: 'Nobody has looked for 30 minutes: the timers of the app do not run'
    severity: 1
    query: loadTextContent('../queries/watch-silent.kql')
    window: 'PT30M'
    frequency: 'PT5M'
    when: 'LessThan'
    threshold: 1
    dimension: ''
  }
  {
    name: 'dead-letter-ingress'
    title: 'Jobs die more often than they should'
    severity: 1
    query: loadTextContent('../queries/dead-letter-ingress.kql')
    window: 'PT1H'
    frequency: 'PT15M'
    when: 'GreaterThan'
    threshold: 0
    dimension: ''
  }
  {
    name: 'poison-depth'
    title: 'Messages wait in a poison queue'
    severity: 1
    query: loadTextContent('../queries/poison-depth.kql')
    window: 'PT30M'
    frequency: 'PT15M'
    when: 'GreaterThan'
    threshold: 0
    dimension: 'queue'
  }
  {
    name: 'queue-age'
    title: 'The oldest message of a queue is a day old'
    severity: 1
    query: loadTextContent('../queries/queue-age.kql')
    window: 'PT30M'
    frequency: 'PT15M'
    when: 'GreaterThan'
    threshold: 0
    dimension: 'queue'
  }
  {
    name: 'missed-monday'
    title: 'No digest this Monday'
    severity: 1
    query: loadTextContent('../queries/missed-monday.kql')
    window: 'P2D'
    frequency: 'PT1H'
    when: 'GreaterThan'
    threshold: 0
    dimension: ''
  }
  {
    name: 'no-success'
    title: 'A daily timer had no success for 36 hours'
    severity: 1
    query: loadTextContent('../queries/no-success.kql')
    window: 'P2D'
    frequency: 'PT1H'
    when: 'GreaterThan'
    threshold: 0
    dimension: 'timer'
  }
  {
    name: 'webhook-down'
    title: 'The app cannot post its alerts'
    severity: 3
    query: loadTextContent('../queries/webhook-down.kql')
    window: 'PT30M'
    frequency: 'PT15M'
    when: 'GreaterThan'
    threshold: 2
    dimension: ''
  }
  {
    name: 'settings-wrong'
    title: 'The app refuses to start: a setting is wrong'
    severity: 1
    query: loadTextContent('../queries/settings-wrong.kql')
    window: 'PT15M'
    frequency: 'PT5M'
    when: 'GreaterThan'
    threshold: 0
    dimension: ''
  }
  {
    name: 'newer-producer'
    title: 'Messages wait for a newer build'
    severity: 3
    query: loadTextContent('../queries/newer-producer.kql')
    window: 'PT2H'
    frequency: 'PT15M'
    when: 'GreaterThan'
    threshold: 0
    dimension: 'job'
  }
]

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for rule in rules: {
  name: '${rule.name}-${token}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: rule.title
    description: '${rule.title}. Runbook: docs/operations.md, "${rule.name}"'
    severity: rule.severity
    enabled: true
    scopes: [
      insightsId
    ]
    evaluationFrequency: rule.frequency
    windowSize: rule.window
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: 'Count'
          operator: rule.when
          threshold: rule.threshold
          dimensions: empty(rule.dimension) ? [] : [
            {
              name: rule.dimension
              operator: 'Include'
              values: [
                '*'
              ]
            }
          ]
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    autoMitigate: true
    // A fresh resource has no rows yet; the queries are checked by this project's tests.
    skipQueryValidation: true
    actions: {
      actionGroups: [
        actionGroupId
      ]
    }
  }
}]

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'pluckit-workbook')
  location: location
  tags: union(tags, {
    'hidden-title': 'PluckIt.Processor'
  })
  kind: 'shared'
  properties: {
    displayName: 'PluckIt.Processor'
    serializedData: loadTextContent('../workbook.json')
    version: '1.0'
    category: 'workbook'
    sourceId: insightsId
  }
}

output workbookId string = workbook.id
