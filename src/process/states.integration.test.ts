/** Every wish that is no row of the state table is refused by name. How each row is gone: `test/replay/states.integration.test.ts`. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registrations } from '../db/schema/index.ts'
import { isLegal } from '../domain/registration-states.ts'
import { registrationStates, type RegistrationState } from '../domain/records.ts'
import { automatic, staff, startRig, type Rig } from './rig.test-support.ts'
import { answerInfo } from './wishes/answer-info.ts'
import { extend, requestExtension } from './wishes/extension.ts'
import { revoke } from './wishes/revoke.ts'
import { withdraw } from './wishes/withdraw.ts'

const by = staff()

let rig: Rig
beforeAll(async () => {
  rig = await startRig(automatic)
}, 60_000)
afterAll(() => rig.close())

describe('a wish that is no row', () => {
  let id: string
  beforeAll(async () => {
    id = await rig.claim(await rig.partner('Tafelwind'))
    await rig.settle(id)
  })
  const until = '2999-01-01T00:00:00.000Z'
  const wishes = {
    resume: () => answerInfo(rig.db, { registrationId: id, answer: 'Yes', by }),
    askExtension: () => requestExtension(rig.db, rig.programme.policy, { registrationId: id, until, reason: null, by }),
    extend: () => extend(rig.db, { registrationId: id, until, reason: null, by }),
    revoke: () => revoke(rig.db, { registrationId: id, reason: 'Because', by }),
    withdraw: () => withdraw(rig.db, { registrationId: id, by }),
  }
  const illegal = registrationStates.flatMap((state) =>
    Object.entries(wishes).flatMap(([step, wish]) =>
      isLegal(state, step) ? [] : [[state, step, wish] as [RegistrationState, string, () => Promise<unknown>]],
    ),
  )

  it.each(illegal)('of one that is %s is refused by name: %s', async (state, step, wish) => {
    await rig.db.update(registrations).set({ state }).where(eq(registrations.id, id))
    await expect(wish()).rejects.toMatchObject({ code: 'CW_TRANSITION_ILLEGAL', detail: { state, step } })
  })
})
