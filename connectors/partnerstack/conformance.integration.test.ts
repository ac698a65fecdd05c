import { conformance } from '../conformance/suite.ts'
import { startSubject, type Position } from './subject.test-support.ts'

const lagMs = 360_000

const positions: Record<string, Position> = {
  'as documented': {},
  'every open question the other way': {
    switches: {
      duplicateKeyStatus: 409,
      unknownCursorStatus: 400,
      limitAboveCap: 'reject',
      unknownProperty: 'reject',
      archivedRead: 'gone',
      webhookNames: 'underscore',
      webhookSignature: 'hmac-sha256-hex',
      webhookSecret: 'whsec_other',
    },
    settings: { webhookSignature: 'hmac-sha256-hex', webhookSecret: 'whsec_other', customFieldsIn: 'meta' },
  },
  'new records visible after six minutes': {
    switches: { listLagMs: lagMs, readLagMs: lagMs },
    settings: { visibilityLagMs: lagMs },
  },
}

for (const [name, position] of Object.entries(positions)) {
  conformance({ name: `partnerstack, ${name}`, start: () => startSubject(position) })
}
