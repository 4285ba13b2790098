// Everything that the app needs on Azure, in one resource group. `azd up` deploys it; docs/deploy.md tells the rest.
targetScope = 'subscription'

@minLength(1)
@maxLength(40)
@description('The name of the environment; names and tags are made of it.')
param environmentName string

@minLength(1)
@description('Where everything is made. Take a region with Flex Consumption and both models.')
@metadata({
  azd: {
    type: 'location'
  }
})
param location string

@allowed([
  'dev'
  'prod'
])
@description('dev: as cheap as it gets. prod: zone-redundant, one instance always ready.')
param profile string = 'dev'

@description('The Python version of the app: 3.11, 3.12 or 3.13.')
@allowed([
  '3.11'
  '3.12'
  '3.13'
])
param pythonVersion string = '3.13'

@description('Memory of an instance in MB. The app takes 510 MiB at most, with 48 of the worst pictures at once, and its host runs beside it: 512 is too little, 2048 leaves more than half free (docs/deploy.md, Scale).')
@allowed([
  512
  2048
  4096
])
param instanceMemoryMB int = 2048

@description('At most so many instances of each function (the platform scales every queue and timer by itself).')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = profile == 'prod' ? 100 : 40

@description('Instances of ProcessTasteAnalysisJob that are kept warm; each is paid for around the clock. One takes the first 48 likes of a quiet hour without a cold start.')
@minValue(0)
@maxValue(20)
param alwaysReadyInstances int = profile == 'prod' ? 1 : 0

@description('RollingUpdate replaces instances in batches while the old ones end their work; Recreate restarts all at once.')
@allowed([
  'RollingUpdate'
  'Recreate'
])
param siteUpdateStrategy string = 'RollingUpdate'

@description('serverless: pay by the request. autoscale: one throughput, shared by all containers.')
@allowed([
  'serverless'
  'autoscale'
])
param cosmosCapacity string = profile == 'prod' ? 'autoscale' : 'serverless'

@description('The most request units a second that all containers share, with autoscale. A tenth of it is always paid.')
@minValue(1000)
param cosmosMaxThroughput int = 4000

@description('The name of the database in the Cosmos DB account.')
param cosmosDatabase string = 'PluckIt'

@description('The name of an Azure OpenAI account that exists already. Empty: one is made.')
param openAiAccountName string = ''

@description('The resource group of that account.')
param openAiResourceGroup string = ''

@description('The deployment of the chat model; with an account of yours, one that it has.')
param chatDeployment string = 'gpt-4.1-mini'

@description('The version of the chat model.')
param chatModelVersion string = '2025-04-14'

@description('Thousands of tokens a minute for the chat model.')
@minValue(1)
param chatCapacity int = profile == 'prod' ? 200 : 50

@description('The deployment of the embedding model; with an account of yours, one that it has.')
param embeddingDeployment string = 'text-embedding-3-small'

@description('The version of the embedding model.')
param embeddingModelVersion string = '1'

@description('Thousands of tokens a minute for the embedding model.')
@minValue(1)
param embeddingCapacity int = profile == 'prod' ? 200 : 50

@description('GlobalStandard, or DataZoneStandard or Standard where data must stay in a zone or a region.')
@allowed([
  'GlobalStandard'
  'DataZoneStandard'
  'Standard'
])
param modelSku string = 'GlobalStandard'

@description('Who gets the alerts by mail. Empty: alerts show in the portal alone.')
param alertEmail string = ''

@description('Where the app itself posts alerts. Kept in a key vault, which is only made for it. Empty: none.')
@secure()
param alertWebhookUrl string = ''

@description('What changes something asks for this key (OPS_ACTION_KEY), in the same key vault. Empty: a function key is enough.')
@secure()
param opsActionKey string = ''

@description('Sign-in by Entra ID: the client id of an application registration with the app roles Ops.Read and Ops.Act. Empty: no sign-in.')
param entraClientId string = ''

@description('A virtual network with private endpoints for storage, store, models and vault.')
param vnetEnabled bool = false

@description('App settings that differ from their defaults, by name.')
param settings object = {}

@description('Set by `azd up` once the code is deployed: the outside probe needs a key, which only a running app has.')
param appDeployed bool = false

var tags = {
  'azd-env-name': environmentName
}
var token = toLower(uniqueString(subscription().id, environmentName, location))
var prod = profile == 'prod'
var ownOpenAi = empty(openAiAccountName)
var withVault = !empty(alertWebhookUrl) || !empty(opsActionKey)
var publicAccess = vnetEnabled ? 'Disabled' : 'Enabled'
var appName = 'func-pluckit-${token}'

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-pluckit-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    alertEmail: alertEmail
    retentionInDays: prod ? 90 : 30
  }
}

module network 'modules/network.bicep' = if (vnetEnabled) {
  name: 'network'
  scope: group
  params: {
    name: 'vnet-pluckit-${token}'
    location: location
    tags: tags
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    name: 'stpluckit${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    zoneRedundant: prod
    publicAccess: publicAccess
    workspaceId: monitoring.outputs.workspaceId
  }
}

module cosmos 'modules/cosmos.bicep' = {
  name: 'cosmos'
  scope: group
  params: {
    name: 'cosmos-pluckit-${token}'
    location: location
    tags: tags
    databaseName: cosmosDatabase
    principalId: identity.outputs.principalId
    capacity: cosmosCapacity
    maxThroughput: cosmosMaxThroughput
    zoneRedundant: prod
    publicAccess: publicAccess
    workspaceId: monitoring.outputs.workspaceId
  }
}

module openAi 'modules/openai.bicep' = if (ownOpenAi) {
  name: 'openai'
  scope: group
  params: {
    name: 'oai-pluckit-${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    modelSku: modelSku
    chatDeployment: chatDeployment
    chatModelVersion: chatModelVersion
    chatCapacity: chatCapacity
    embeddingDeployment: embeddingDeployment
    embeddingModelVersion: embeddingModelVersion
    embeddingCapacity: embeddingCapacity
    publicAccess: publicAccess
    workspaceId: monitoring.outputs.workspaceId
  }
}

module existingOpenAi 'modules/existing-openai.bicep' = if (!ownOpenAi) {
  name: 'existing-openai-${token}'
  scope: resourceGroup(empty(openAiResourceGroup) ? group.name : openAiResourceGroup)
  params: {
    name: openAiAccountName
    principalId: identity.outputs.principalId
  }
}

module vault 'modules/vault.bicep' = if (withVault) {
  name: 'vault'
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    alertWebhookUrl: alertWebhookUrl
    opsActionKey: opsActionKey
    publicAccess: publicAccess
    workspaceId: monitoring.outputs.workspaceId
  }
}

// What gets a private endpoint: the sub-resource, the resource, the zone of its private name.
var storageTargets = [
  {
    name: 'blob'
    id: storage.outputs.id
    zone: 'privatelink.blob.${environment().suffixes.storage}'
  }
  {
    name: 'queue'
    id: storage.outputs.id
    zone: 'privatelink.queue.${environment().suffixes.storage}'
  }
]
var storeTargets = [
  {
    name: 'Sql'
    id: cosmos.outputs.id
    zone: 'privatelink.documents.azure.com'
  }
]
var modelTargets = ownOpenAi ? [
  {
    name: 'account'
    id: openAi!.outputs.id
    zone: 'privatelink.openai.azure.com'
  }
] : []
var vaultTargets = withVault ? [
  {
    name: 'vault'
    id: vault!.outputs.id
    zone: 'privatelink.vaultcore.azure.net'
  }
] : []

module endpoints 'modules/endpoints.bicep' = if (vnetEnabled) {
  name: 'endpoints'
  scope: group
  params: {
    location: location
    tags: tags
    virtualNetworkId: network!.outputs.id
    subnetId: network!.outputs.endpointSubnetId
    targets: concat(storageTargets, storeTargets, modelTargets, vaultTargets)
  }
}

module app 'modules/app.bicep' = {
  name: 'app'
  scope: group
  params: {
    name: appName
    planName: 'plan-pluckit-${token}'
    location: location
    tags: tags
    pythonVersion: pythonVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    siteUpdateStrategy: siteUpdateStrategy
    zoneRedundant: prod
    subnetId: vnetEnabled ? network!.outputs.appSubnetId : ''
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    blobEndpoint: storage.outputs.blobEndpoint
    queueEndpoint: storage.outputs.queueEndpoint
    packageContainer: storage.outputs.packageContainer
    cosmosEndpoint: cosmos.outputs.endpoint
    cosmosDatabase: cosmosDatabase
    openAiEndpoint: ownOpenAi ? openAi!.outputs.endpoint : existingOpenAi!.outputs.endpoint
    chatDeployment: chatDeployment
    embeddingDeployment: embeddingDeployment
    insightsConnectionString: monitoring.outputs.insightsConnectionString
    webhookSecretUri: withVault ? vault!.outputs.webhookSecretUri : ''
    actionKeySecretUri: withVault ? vault!.outputs.actionKeySecretUri : ''
    entraClientId: entraClientId
    settings: settings
    workspaceId: monitoring.outputs.workspaceId
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
    actionGroupId: monitoring.outputs.actionGroupId
  }
}

module probe 'modules/probe.bicep' = if (appDeployed) {
  name: 'probe'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    appName: app.outputs.name
    insightsId: monitoring.outputs.insightsId
    actionGroupId: monitoring.outputs.actionGroupId
    frequencySeconds: prod ? 300 : 900
  }
}

// US dollars a month at list prices, rounded: what is paid when nobody uses the app. docs/deploy.md shows the sum.
var alwaysReadyCost = alwaysReadyInstances * instanceMemoryMB * 21 / 2048
var cosmosCost = cosmosCapacity == 'serverless' ? 0 : cosmosMaxThroughput / 1000 * (prod ? 11 : 9)
var watchCost = 15
var probeCost = prod ? 16 : 6
var networkCost = vnetEnabled ? 37 : 0

@description('The address of the app.')
output PLUCKIT_URL string = app.outputs.address

@description('The command that shows the key of the endpoints.')
output PLUCKIT_KEY_COMMAND string = 'az functionapp keys list --resource-group ${group.name} --name ${appName} --query functionKeys.default --output tsv'

@description('The page of on-call: the workbook with the figures.')
output PLUCKIT_CONSOLE string = '${environment().portal}/#@${tenant().tenantId}/resource${alerts.outputs.workbookId}/workbook'

@description('What is paid a month when nobody uses the app, in US dollars at list prices.')
output MONTHLY_FLOOR_USD int = alwaysReadyCost + cosmosCost + watchCost + probeCost + networkCost

output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_NAME string = app.outputs.name
output AZURE_CLIENT_ID string = identity.outputs.clientId
output COSMOS_DB_ENDPOINT string = cosmos.outputs.endpoint
output AZURE_OPENAI_ENDPOINT string = ownOpenAi ? openAi!.outputs.endpoint : existingOpenAi!.outputs.endpoint
