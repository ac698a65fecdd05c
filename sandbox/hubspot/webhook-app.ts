/** The app whose webhooks the sandbox sends, and its developer's key. */
export const webhookApp = { appId: 77, developerApiKey: 'sandbox-developer-key' }
