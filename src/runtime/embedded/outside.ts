import { loadClientConnectConfig } from '@temporalio/envconfig'

/**
 * The servers that the environment names instead of the embedded ones: `DATABASE_URL`, and for Temporal its standard
 * environment configuration (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, a profile in its configuration file …).
 */
export function outsideServers(env: NodeJS.ProcessEnv): {
  databaseUrl: string | null
  temporal: { address: string; namespace: string } | null
} {
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: definedOf(env) })
  const address = connectionOptions.address
  return {
    databaseUrl: env['DATABASE_URL'] ?? null,
    temporal: address === undefined ? null : { address, namespace: namespace ?? 'default' },
  }
}

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))
}
