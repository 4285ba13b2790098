// The plan and the app. Its settings are those of ../catalogue.json, what follows from the other resources, and the caller's.
param name string
param planName string
param location string
param tags object
param pythonVersion string
param instanceMemoryMB int
param maximumInstanceCount int
param alwaysReadyInstances int
param siteUpdateStrategy string
param zoneRedundant bool
param subnetId string
param identityId string
param identityClientId string
param blobEndpoint string
param queueEndpoint string
param packageContainer string
param cosmosEndpoint string
param cosmosDatabase string
param openAiEndpoint string
param chatDeployment string
param embeddingDeployment string
param insightsConnectionString string
param webhookSecretUri string
param actionKeySecretUri string
param entraClientId string
param settings object
param workspaceId string

var catalogue = loadJsonContent('../catalogue.json')
var webhookSettings = empty(webhookSecretUri) ? {} : {
  ALERT_WEBHOOK_URL: '@Microsoft.KeyVault(SecretUri=${webhookSecretUri})'
}
var actionKeySettings = empty(actionKeySecretUri) ? {} : {
  OPS_ACTION_KEY: '@Microsoft.KeyVault(SecretUri=${actionKeySecretUri})'
}
var resourceSettings = {
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  AZURE_CLIENT_ID: identityClientId
  AZURE_OPENAI_DEPLOYMENT: chatDeployment
  AZURE_OPENAI_EMBEDDING_DEPLOYMENT: embeddingDeployment
  AZURE_OPENAI_ENDPOINT: openAiEndpoint
  AzureWebJobsStorage__blobServiceUri: blobEndpoint
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__queueServiceUri: queueEndpoint
  COSMOS_DB_DATABASE: cosmosDatabase
  COSMOS_DB_ENDPOINT: cosmosEndpoint
  MODEL_PROVIDER: 'azure'
  StorageQueue__clientId: identityClientId
  StorageQueue__credential: 'managedidentity'
  StorageQueue__queueServiceUri: queueEndpoint
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource site 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  // azd finds the app by this tag.
  tags: union(tags, {
    'azd-service-name': 'processor'
  })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    reserved: true
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    // Documented for function apps, and not yet in the published type: no /admin endpoints for the public.
    #disable-next-line BCP037
    functionsRuntimeAdminIsolationEnabled: true
    siteConfig: {
      alwaysOn: false
      ftpsState: 'Disabled'
      http20Enabled: true
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      remoteDebuggingEnabled: false
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${blobEndpoint}${packageContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'python'
        version: pythonVersion
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyInstances == 0 ? [] : [
          {
            name: 'function:ProcessTasteAnalysisJob'
            instanceCount: alwaysReadyInstances
          }
        ]
      }
      // Documented for this API version, and not yet in the published type.
      #disable-next-line BCP037
      siteUpdateStrategy: {
        type: siteUpdateStrategy
      }
    }
  }
}

resource appSettings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: site
  name: 'appsettings'
  properties: union(catalogue.settings, settings, resourceSettings, webhookSettings, actionKeySettings)
}

// The platform checks tokens and hands on who called; who brings none passes, and needs the function key as ever.
resource signIn 'Microsoft.Web/sites/config@2024-11-01' = if (!empty(entraClientId)) {
  parent: site
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: true
    }
    globalValidation: {
      requireAuthentication: false
      unauthenticatedClientAction: 'AllowAnonymous'
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: entraClientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: [
            entraClientId
            'api://${entraClientId}'
          ]
        }
      }
    }
    login: {
      tokenStore: {
        enabled: false
      }
    }
  }
}

resource noFtp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: site
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource noBasicScm 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: site
  name: 'scm'
  properties: {
    allow: false
  }
}

resource metrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'app'
  scope: site
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

output id string = site.id
output name string = site.name
output address string = 'https://${site.properties.defaultHostName}'
