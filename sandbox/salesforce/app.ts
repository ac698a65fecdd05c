/** The app by which a program gets tokens. */
/** The app that a fresh org has. */
export const app: App = {
  clientId: 'causeway-client',
  clientSecret: 'causeway-secret',
  username: 'causeway@meridian.example',
  // A callback must be the very one that is configured; http is allowed for localhost alone.
  callbackUrls: ['http://localhost:8485/callback'],
  scope: 'api refresh_token',
  blocked: false,
}

/** An external client app, as its administrator set it up. */
export interface App {
  clientId: string
  clientSecret: string
  username: string
  callbackUrls: string[]
  scope: string
  /** The administrator withdrew it: nobody gets a token by it. */
  blocked: boolean
}
