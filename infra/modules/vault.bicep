// For two secrets: the address that the app posts its alerts to, and the key that actions ask for. Without either there is no vault.
param name string
param location string
param tags object
param principalId string

@secure()
param alertWebhookUrl string

@secure()
param opsActionKey string

@allowed([
  'Enabled'
  'Disabled'
])
param publicAccess string
param workspaceId string

var roles = loadJsonContent('../roles.json')

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: take(name, 24)
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 7
    publicNetworkAccess: publicAccess
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: publicAccess == 'Enabled' ? 'Allow' : 'Deny'
    }
  }
}

resource webhook 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(alertWebhookUrl)) {
  parent: vault
  name: 'alert-webhook-url'
  properties: {
    contentType: 'text/plain'
    value: alertWebhookUrl
  }
}

resource actionKey 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(opsActionKey)) {
  parent: vault
  name: 'ops-action-key'
  properties: {
    contentType: 'text/plain'
    value: opsActionKey
  }
}

resource role 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, roles.keyVaultSecretsUser)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultSecretsUser)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'vault'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'AuditEvent'
        enabled: true
      }
    ]
  }
}

output id string = vault.id
output webhookSecretUri string = empty(alertWebhookUrl) ? '' : webhook!.properties.secretUri
output actionKeySecretUri string = empty(opsActionKey) ? '' : actionKey!.properties.secretUri
