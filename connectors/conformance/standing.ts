import { describe, expect, it } from 'vitest'
import { connectorError, ctx, walk, withSubject, writeAll, writeOf } from './bench.ts'
import type { ConformanceCase } from './subject.ts'

/** Credentials, health, the description of objects and the table of capabilities. */
export function standingTests(given: ConformanceCase): void {
  describe('standing', () => {
    it('finds a well set-up connection healthy', () =>
      withSubject(given, async (subject) => {
        expect(await subject.connect().check(ctx())).toEqual([])
      }))

    it('names bad credentials everywhere, and takes them for nothing else', () =>
      withSubject(given, async (subject) => {
        const connector = subject.connect({ credentials: 'bad' })
        const faults = await connector.check(ctx())
        expect(faults.map(({ code }) => code)).toContain('CW_VENDOR_AUTH')
        for (const hands of subject.objects) {
          const [id = ''] = await hands.create(1)
          const error = await connectorError(walk(connector, hands, null))
          expect(error).toMatchObject({ effect: 'no', fault: { code: 'CW_VENDOR_AUTH', scope: 'connection' } })
          const read = await connector
            .read([{ object: hands.object, by: 'id', value: id }], hands.fields, ctx())
            .then(([one]) => (one?.status === 'failed' ? one.fault.code : one?.status))
            .catch(async (thrown: unknown) => (await connectorError(Promise.reject(thrown))).fault.code)
          expect(read).toBe('CW_VENDOR_AUTH')
          if (hands.change === null) continue
          const outcomes = await writeAll(connector, [writeOf(hands, hands.modes[0] ?? 'update', 1, { id })])
          expect(outcomes).toMatchObject([{ status: 'retry', fault: { code: 'CW_VENDOR_AUTH' } }])
        }
      }))

    it('renews a token that expires in the middle', () =>
      withSubject(given, async (subject) => {
        if (subject.expireTokens === undefined) return
        const connector = subject.connect()
        for (const hands of subject.objects) {
          const ids = await hands.create(2)
          await subject.settle?.()
          await walk(connector, hands, null)
          await subject.expireTokens()
          const { records } = await walk(connector, hands, null)
          expect(records.map(({ id }) => id)).toEqual(expect.arrayContaining(ids))
          if (hands.change === null || !hands.modes.includes('update')) continue
          await subject.expireTokens()
          const outcomes = await writeAll(connector, [writeOf(hands, 'update', 1, { id: ids[0] ?? null })])
          expect(outcomes).toMatchObject([{ status: 'done' }])
        }
      }))

    it('describes every field of its default mapping, and as writable those that are written', () =>
      withSubject(given, async (subject) => {
        const connector = subject.connect()
        for (const mapping of subject.mappings) {
          const described = await connector.describe(mapping.object, ctx())
          const names = described.map(({ name }) => name)
          expect(names).toHaveLength(new Set(names).size)
          const paths = mapping.fields.map(({ path }) => path)
          const others = [...Object.keys(mapping.fixed ?? {}), ...(mapping.when ? [mapping.when.path] : [])]
          expect(names).toEqual(expect.arrayContaining([...paths, ...others]))
          const written = mapping.fields.filter(({ create, update }) =>
            [create, update].some((way) => way === 'out' || way === 'both'),
          )
          const writable = new Set(described.filter((field) => field.writable).map(({ name }) => name))
          expect(written.map(({ path }) => path).filter((path) => !writable.has(path))).toEqual([])
        }
      }))

    it('has a capability for every object of its mapping, and one of each', () =>
      withSubject(given, (subject) => {
        const { capabilities } = subject.connect()
        const objects = capabilities.map(({ object }) => object)
        expect(objects).toHaveLength(new Set(objects).size)
        for (const { object, kind } of subject.mappings) {
          expect(capabilities.find((one) => one.object === object)?.kinds).toContain(kind)
        }
        return Promise.resolve()
      }))
  })
}
