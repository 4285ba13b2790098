// The models: one account, two deployments, no keys.
param name string
param location string
param tags object
param principalId string
param modelSku string
param chatDeployment string
param chatModelVersion string
param chatCapacity int
param embeddingDeployment string
param embeddingModelVersion string
param embeddingCapacity int

@allowed([
  'Enabled'
  'Disabled'
])
param publicAccess string
param workspaceId string

var roles = loadJsonContent('../roles.json')
var models = [
  {
    deployment: chatDeployment
    model: 'gpt-4.1-mini'
    version: chatModelVersion
    capacity: chatCapacity
  }
  {
    deployment: embeddingDeployment
    model: 'text-embedding-3-small'
    version: embeddingModelVersion
    capacity: embeddingCapacity
  }
]

resource account 'Microsoft.CognitiveServices/accounts@2024-10-01' = {
  name: name
  location: location
  tags: tags
  kind: 'OpenAI'
  sku: {
    name: 'S0'
  }
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    customSubDomainName: name
    disableLocalAuth: true
    publicNetworkAccess: publicAccess
    networkAcls: {
      defaultAction: publicAccess == 'Enabled' ? 'Allow' : 'Deny'
    }
  }
}

// One after another: an account takes one change of its deployments at a time.
@batchSize(1)
resource deployments 'Microsoft.CognitiveServices/accounts/deployments@2024-10-01' = [for model in models: {
  parent: account
  name: model.deployment
  sku: {
    name: modelSku
    capacity: model.capacity
  }
  properties: {
    model: {
      format: 'OpenAI'
      name: model.model
      version: model.version
    }
    // A new version is another model: its thresholds are calibrated first.
    versionUpgradeOption: 'OnceCurrentVersionExpired'
  }
}]

resource role 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, principalId, roles.cognitiveServicesOpenAiUser)
  scope: account
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.cognitiveServicesOpenAiUser)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'models'
  scope: account
  properties: {
    workspaceId: workspaceId
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output id string = account.id
output endpoint string = account.properties.endpoint
