import { expect, it } from 'vitest'
import { ConnectorError, faultOf, type Access } from '../../../connectors/contract.ts'
import { examinePermissions } from './permissions.ts'

const with_ = (access: Partial<Access>) => ({
  access: () => Promise.resolve({ missing: [], excessive: [], unknown: [], ...access }),
})

it('calls a missing permission wrong, an excessive one worth knowing, and names both with why', async () => {
  const found = await examinePermissions(
    'sales',
    with_({
      missing: [{ name: 'crm.objects.deals.write', why: 'deals are written' }],
      excessive: [{ name: 'settings.users.write', why: 'nothing needs it' }],
    }),
  )
  expect(found).toMatchObject([
    {
      part: 'permissions sales',
      status: 'wrong',
      code: 'CW_VENDOR_SCOPE',
      message: 'lacks crm.objects.deals.write (deals are written)',
    },
    { status: 'note', message: 'could do without settings.users.write (nothing needs it)' },
  ])
})

it('tells once what is excessive for one reason', async () => {
  const excessive = ['a', 'b', 'c'].map((name) => ({ name, why: name === 'c' ? 'only once' : 'nothing needs it' }))
  expect(await examinePermissions('sales', with_({ excessive }))).toMatchObject([
    {
      message: 'could do without a, b (nothing needs it)',
      remedy: 'Take them away from the integration’s user or app.',
    },
    { message: 'could do without c (only once)', remedy: 'Take it away from the integration’s user or app.' },
  ])
})

it('is content with just enough, and says what it cannot find out', async () => {
  expect(await examinePermissions('sales', with_({ unknown: ['service keys do not tell'] }))).toMatchObject([
    { status: 'well' },
    { status: 'note', message: 'cannot be found out: service keys do not tell' },
  ])
})

it('says nothing of a connector that cannot tell, and the fault of a vendor that does not answer', async () => {
  expect(await examinePermissions('sales', {})).toEqual([])
  const away = { access: () => Promise.reject(new ConnectorError(faultOf('CW_VENDOR_UNREACHABLE', 'away'), 'no')) }
  expect(await examinePermissions('sales', away)).toMatchObject([{ status: 'wrong', code: 'CW_VENDOR_UNREACHABLE' }])
})
