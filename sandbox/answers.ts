/** What a program has to be told to work with the stand-ins, and something for it to find there. */
import { createControlClient } from './control-client.ts'
import { serviceKey } from './hubspot/index.ts'
import { partnerstackKeys } from './partnerstack/index.ts'
import { app } from './salesforce/oauth.ts'

/** The settings by which each stand-in is reached, for the addresses of those that run. */
export function sandboxSettings(urls: Record<string, string>): Record<string, Record<string, string>> {
  const { publicKey, secretKey } = partnerstackKeys.production
  return {
    ...(urls['partnerstack'] === undefined
      ? {}
      : {
          partnerstack: {
            baseUrl: `${urls['partnerstack']}/api/v2`,
            publicKey,
            secretKey,
            mode: 'production',
            currency: 'USD',
          },
        }),
    ...(urls['salesforce'] === undefined
      ? {}
      : {
          salesforce: {
            loginUrl: urls['salesforce'],
            grant: 'client-credentials',
            clientId: app.clientId,
            clientSecret: app.clientSecret,
          },
        }),
    ...(urls['hubspot'] === undefined ? {} : { hubspot: { baseUrl: urls['hubspot'], accessToken: serviceKey } }),
  }
}

const example = { company: 'Nordwind Partners', email: 'ana.silva@nordwind.example', partner_key: 'nordwind' }

/** Onboards a partner in the portal, once. Answers its name. */
export async function onboardExample(urls: Record<string, string>): Promise<string> {
  const control = createControlClient(urls['partnerstack'] ?? '')
  if (!JSON.stringify(await control.state()).includes(`"${example.partner_key}"`))
    await control.seed({
      partnerships: [{ ...example, first_name: 'Ana', last_name: 'Silva', group_key: 'grup_resellers' }],
    })
  return example.company
}
