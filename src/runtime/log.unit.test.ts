import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createLog, embeddedLog, type LogWish } from './log.ts'

function logInto(wish: Omit<LogWish, 'stream'>) {
  const stream = new PassThrough()
  const log = createLog({ ...wish, stream })
  return { log, told: () => String(stream.read() ?? '') }
}

describe('the log', () => {
  it('is one JSON object a line, with its time and fields', () => {
    const { log, told } = logInto({ level: 'info', form: 'json' })
    log.warn('stream cannot be read', { connection: 'portal', code: 'CW_VENDOR_AUTH' })
    expect(JSON.parse(told())).toMatchObject({ level: 'warn', message: 'stream cannot be read', connection: 'portal' })
  })

  it('is a line that a person reads', () => {
    const { log, told } = logInto({ level: 'info', form: 'text' })
    log.info('written', { done: 3, skipped: undefined })
    expect(told()).toMatch(/^\d\d:\d\d:\d\d INFO {2}written done=3\n$/)
  })

  it('takes out secrets by name at any depth, and by shape in texts', () => {
    const { log, told } = logInto({ level: 'info', form: 'json' })
    log.info('calling postgres://user:hunter2@db/x', {
      apiKey: 'ck_abc',
      inside: { clientSecret: 'hunter2' },
      list: [{ token: 'hunter2' }],
    })
    const line = told()
    expect(line).not.toMatch(/hunter2|ck_abc/)
    expect(line).toContain('***')
  })

  it('shows our own error codes, and no other code', () => {
    const { log, told } = logInto({ level: 'info', form: 'json' })
    log.warn('stream cannot be read', { code: 'CW_VENDOR_AUTH' })
    expect(told()).toContain('CW_VENDOR_AUTH')
    log.warn('token', { code: 'aPrx4e7Qmz' })
    expect(told()).not.toContain('aPrx4e7Qmz')
  })

  it('says nothing below its level', () => {
    const { log, told } = logInto({ level: 'warn', form: 'json' })
    log.info('quiet')
    log.debug('quiet')
    expect(told()).toBe('')
  })

  it('keeps its own fields from being replaced', () => {
    const { log, told } = logInto({ level: 'info', form: 'json' })
    log.error('the message', { level: 'debug', message: 'another' })
    expect(JSON.parse(told())).toMatchObject({ level: 'error', message: 'the message' })
  })

  it('serves the embedded parts too', () => {
    const { log, told } = logInto({ level: 'info', form: 'json' })
    embeddedLog(log)('postgres ended', { restarts: 1 })
    expect(JSON.parse(told())).toMatchObject({ level: 'info', restarts: 1 })
  })
})
