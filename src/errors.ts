/**
 * The registry of coded errors: one entry a code, with a class for machines, a sentence for people and the way out.
 *
 * The class says what the road does with it: `record` parks the one record (`again` says who tries it again), `connection` pauses the connection and keeps
 * everything waiting, `retry` is tried again by itself, `request` is the answer to a caller, `start` ends a start-up.
 * Mirrored line by line in `docs/reference/errors.md`; a test compares the two. One file, however long: a registry in parts is none, for the
 * type of all codes is made of it.
 */
export const errors = {
  // Configuration and start-up
  CW_CONFIG_INVALID: {
    class: 'start',
    title: 'The configuration is not valid',
    remedy: 'Mend the named line of causeway.yaml; `causeway doctor` checks it again.',
  },
  CW_CONFIG_SECRET_MISSING: {
    class: 'start',
    title: 'A secret that the configuration refers to is not set',
    remedy: 'Set the named environment variable or write the named file, then start again.',
  },
  CW_CONFIG_CONFLICT: {
    class: 'request',
    title: 'Something else was put in force meanwhile',
    remedy: 'Nothing was changed. Look at `causeway config diff` again, and apply once more if that is what you want.',
  },
  CW_CONFIG_DIFFERS: {
    class: 'request',
    title: 'causeway.yaml says otherwise than the directory',
    remedy:
      'Nothing was changed. Make the named settings equal in causeway.yaml (`causeway config apply --write` does), start again, then apply.',
  },
  CW_POLICY_VERSION_USED: {
    class: 'request',
    title: 'A version of the policy was in force with another text',
    remedy:
      'Rulings cite the version, so it can mean one policy only: give the edited policy another `version`. `causeway policy show` prints what was in force.',
  },
  CW_POLICY_INVALID: {
    class: 'request',
    title: 'The policy cannot be read, or contradicts itself',
    remedy: 'Mend what is named; `causeway policy check FILE` tells each line.',
  },
  CW_MANAGED_BY_FILE: {
    class: 'request',
    title: 'The mappings are managed by files',
    remedy: 'Edit the file in the named folder and start again; or set `managed: console` in causeway.yaml.',
  },
  CW_PORT_IN_USE: {
    class: 'start',
    title: 'A port is already in use',
    remedy: 'Stop the program that holds it, or choose another port in the configuration.',
  },
  CW_DISK_FULL: {
    class: 'start',
    title: 'The disk that holds the data is full or not writable',
    remedy: 'Free space or move the data folder (CAUSEWAY_DATA), then start again; nothing was lost.',
  },
  CW_POSTGRES_START: {
    class: 'start',
    title: 'The embedded PostgreSQL did not start',
    remedy: 'Read the reason and the log named beside it; or point DATABASE_URL at a server of your own.',
  },
  CW_TEMPORAL_BINARY: {
    class: 'start',
    title: 'The Temporal CLI was not found by any route',
    remedy: 'Set TEMPORAL_CLI_PATH to a Temporal CLI of the named version, or mend one of the routes listed.',
  },
  CW_TEMPORAL_START: {
    class: 'start',
    title: 'The embedded Temporal server did not start',
    remedy: 'Read the reason and the log named beside it; or point TEMPORAL_ADDRESS at a server of your own.',
  },
  CW_ALREADY_RUNNING: {
    class: 'start',
    title: 'Causeway already runs on this data folder',
    remedy: 'Stop the named process first, or choose another data folder (CAUSEWAY_DATA).',
  },
  CW_DATABASE_UNAVAILABLE: {
    class: 'retry',
    title: 'PostgreSQL does not answer',
    remedy: 'Check DATABASE_URL and that the server runs; work goes on by itself when it is back.',
  },
  CW_TEMPORAL_UNAVAILABLE: {
    class: 'retry',
    title: 'The Temporal server does not answer',
    remedy: 'Check TEMPORAL_ADDRESS and that the server runs; decisions are kept and go on by themselves.',
  },

  // What a caller of the API or the command line gets
  CW_UNAUTHENTICATED: {
    class: 'request',
    title: 'No valid API key',
    remedy: 'Send a key as `Authorization: Bearer …`; `causeway keys create` makes one.',
  },
  CW_FORBIDDEN: { class: 'request', title: 'The key may not do this', remedy: 'Use a key whose role allows it.' },
  CW_NOT_FOUND: {
    class: 'request',
    title: 'There is no such record',
    remedy: 'Check the id; a partner sees only its own records.',
  },
  CW_REQUEST_INVALID: {
    class: 'request',
    title: 'The request is not valid',
    remedy: 'Mend what is named and try again.',
  },
  CW_PAIRS_INVALID: {
    class: 'request',
    title: 'The file of pairs cannot be taken as it is',
    remedy: 'Mend the named lines; `causeway match --help` says which columns there are.',
  },
  CW_REQUEST_TOO_LARGE: {
    class: 'request',
    title: 'The request body is too large',
    remedy: 'Send a smaller body; the limit is stated in the answer.',
  },
  CW_REQUEST_TOO_OFTEN: {
    class: 'request',
    title: 'Too much was sent in a short time',
    remedy: 'Wait as long as `Retry-After` says, and send it again.',
  },
  CW_TASK_DECIDED: {
    class: 'request',
    title: 'The task was already decided',
    remedy: 'Read who decided it and when; a new round opens a new task.',
  },
  CW_DECIDER_NOT_ALLOWED: {
    class: 'request',
    title: 'Who decides has no authority over this task',
    remedy: 'Whom the task asks decides it, or who stands in for them (`causeway delegations`), or an admin.',
  },
  CW_DECIDER_LEFT: {
    class: 'request',
    title: 'Who decides works here no more',
    remedy: 'The task goes to whom the policy names; read it with `causeway tasks show`.',
  },
  CW_LINK_UNKNOWN: {
    class: 'request',
    title: 'The link is not one that was issued',
    remedy: 'Open the whole address from the message; ask for a new message where it was cut.',
  },
  CW_LINK_USED: {
    class: 'request',
    title: 'The link was already used',
    remedy: 'Nothing more is to be done by it; what was done is shown on its page.',
  },
  CW_LINK_EXPIRED: {
    class: 'request',
    title: 'The link is no longer valid',
    remedy: 'Ask for a new message; the task can be decided by every other door meanwhile.',
  },
  CW_LINK_REVOKED: {
    class: 'request',
    title: 'The link was revoked',
    remedy: 'What it was for was settled or given to somebody else; ask for a new message where that is wrong.',
  },
  CW_CLASH_DECIDED: {
    class: 'request',
    title: 'The clash was already decided',
    remedy: 'Read who decided it and when; `causeway clashes restore` turns it around.',
  },
  CW_HOME_UNFIT: {
    class: 'request',
    title: 'The deal cannot live in that connection',
    remedy: 'Name a CRM connection that keeps deals; `causeway connections list` shows them.',
  },
  CW_TRANSITION_ILLEGAL: {
    class: 'request',
    title: 'The record cannot go from its state to the wished one',
    remedy: 'Read its timeline; choose one of the steps that its state allows.',
  },
  CW_NOT_RUNNING: {
    class: 'request',
    title: 'No running Causeway was found',
    remedy: 'Start one with `causeway start`; or set CAUSEWAY_URL and CAUSEWAY_API_KEY to one that runs elsewhere.',
  },
  CW_FILE_TOO_LARGE: {
    class: 'request',
    title: 'The file is too large',
    remedy: 'Send a smaller file; the limit is stated in the answer.',
  },
  CW_FILE_REFUSED: {
    class: 'request',
    title: 'The file is of a type that is not taken',
    remedy: 'Send it in one of the types named, under a name that fits what it holds.',
  },
  CW_FILES_TOO_MANY: {
    class: 'request',
    title: 'The registration holds as many files as it may',
    remedy: 'Ask us to remove one, or send what you have in one file.',
  },
  CW_INTERNAL: {
    class: 'request',
    title: 'Something failed inside Causeway',
    remedy: 'Try again; the log has the details under the same request id.',
  },

  CW_RUN_STATE: {
    class: 'request',
    title: 'The run is not in a state that allows this',
    remedy: 'Read its state with `causeway runs show`.',
  },
  CW_STREAM_PAUSED: {
    class: 'request',
    title: 'The stream is paused: it reads nothing until it is resumed',
    remedy: 'Resume it with `causeway streams resume`; what changed meanwhile is then read.',
  },
  CW_MATCH_DECIDED: {
    class: 'request',
    title: 'The proposal was already decided',
    remedy: 'Read who decided it and when; `causeway links relink` or `split` corrects what was linked.',
  },
  CW_LINK_TAKEN: {
    class: 'request',
    title: 'The record has a vendor record at this connection already',
    remedy: 'Merge the two records in the vendor’s system; the merge is followed.',
  },

  // Mappings
  CW_MAPPING_SYNTAX: {
    class: 'request',
    title: 'The mapping is neither YAML nor JSON that can be read',
    remedy: 'Mend the named line; nothing of the document was taken.',
  },
  CW_MAPPING_FORMAT: {
    class: 'request',
    title: 'The mapping is written in a format that this release does not read',
    remedy: 'Write it in the format named; `causeway mapping show` prints the mapping in force in it.',
  },
  CW_MAPPING_INVALID: {
    class: 'request',
    title: 'The mapping says something that a mapping cannot say',
    remedy: 'Mend the named line; docs/reference/mapping.schema.json tells an editor what may stand where.',
  },
  CW_MAPPING_FIELD_UNKNOWN: {
    class: 'request',
    title: 'There is no such canonical field',
    remedy: 'Use the name proposed; or keep it as a field of your own, named `custom.<name>`.',
  },
  CW_MAPPING_PATH_TWICE: {
    class: 'request',
    title: 'Two fields write one field of the vendor',
    remedy: 'Let one of the two flow in only, or give it a path of its own.',
  },
  CW_MAPPING_LOOKUP_UNKNOWN: {
    class: 'request',
    title: 'A lookup names records that the connection keeps nowhere',
    remedy: 'Name an object that holds them, or map that object first.',
  },
  CW_MAPPING_LOOKUP_CIRCLE: {
    class: 'request',
    title: 'Records would wait for each other in a circle',
    remedy: 'Take `required` from one of the named lookups; the record is then taken in and its reference follows.',
  },
  CW_MAPPING_DIRECTION: {
    class: 'request',
    title: 'A field flows to where the vendor takes nothing',
    remedy: 'Let it flow in only.',
  },
  CW_MAPPING_LOSSY: {
    class: 'request',
    title: 'A value that goes out and comes back would not be the same',
    remedy: 'Let the field flow one way, or map it as proposed so that nothing is lost.',
  },
  CW_TRANSFORM_INVALID: {
    class: 'request',
    title: 'A transformation is no expression that can be evaluated',
    remedy: 'Mend the expression at the named character.',
  },
  CW_MAPPING_PATH_UNKNOWN: {
    class: 'request',
    title: 'The vendor has no such field',
    remedy: 'Use the name proposed, or make the field at the vendor and let the integration’s user see it.',
  },
  CW_MAPPING_TYPE: {
    class: 'request',
    title: 'The vendor’s field is of a type that the conversion does not fit',
    remedy: 'Choose the conversion proposed, or map another field.',
  },
  CW_MAPPING_TOO_SHORT: {
    class: 'request',
    title: 'The vendor’s field is too short for what is written to it',
    remedy: 'Lengthen the field at the vendor, or shorten the value by a transformation.',
  },
  CW_MAPPING_RULE: {
    class: 'request',
    title: 'The vendor’s administrators have laid a rule upon a field that is written to',
    remedy:
      'See that what is written satisfies it, by a transformation if need be, or have the rule taken away at the vendor.',
  },
  CW_MAPPING_VALUE_UNKNOWN: {
    class: 'request',
    title: 'The vendor’s picklist has no such value',
    remedy: 'Use the value proposed, or add it at the vendor.',
  },
  CW_MAPPING_VALUE_UNPAIRED: {
    class: 'request',
    title: 'The vendor’s picklist has values without a pair',
    remedy: 'Pair them, pair the rest by name, or say what becomes of values without a pair.',
  },
  CW_MAPPING_REQUIRED: {
    class: 'request',
    title: 'The vendor makes no record without a field that nothing fills',
    remedy: 'Map a field to it that flows out on create, or give it a fixed value.',
  },
  CW_MAPPING_READ_ONLY: {
    class: 'request',
    title: 'The vendor’s field cannot be written',
    remedy: 'Let it flow in only, or let the integration’s user edit it at the vendor.',
  },
  CW_MAPPING_COMPUTED: {
    class: 'request',
    title: 'The vendor computes the field, and its changes touch no modification date',
    remedy: 'Nothing to do: it is read anew on a timer, and changes come in that much later.',
  },
  CW_MAPPING_KEY: {
    class: 'request',
    title: 'The field that holds our ids cannot tell records apart',
    remedy: 'Let `causeway plan` show what is lacking; the field must be writable, unique and long enough.',
  },
  CW_MAPPING_LOOKUP_OBJECT: {
    class: 'request',
    title: 'The vendor’s reference points at another object than the lookup says',
    remedy: 'Name the object that it points at, or map another field.',
  },
  CW_MAPPING_REFUSED: {
    class: 'request',
    title: 'The mapping has findings that stand against publishing it',
    remedy: 'Mend them and save the draft again; or publish it all the same with `--despite`, which the audit keeps.',
  },
  CW_MAPPING_STATE: {
    class: 'request',
    title: 'There is no such version of the mapping, or it is not in a state that allows this',
    remedy: 'See the versions with `causeway mapping history`; a draft is made by `causeway mapping save`.',
  },

  // What a vendor's system lacks
  CW_PROVISION_REFUSED: {
    class: 'request',
    title: 'The vendor refuses to make it as it is wished for',
    remedy: 'Read the reason beside it and mend it in the vendor’s set-up or in the settings, then apply again.',
  },
  CW_PROVISION_UNSEEN: {
    class: 'request',
    title: 'The vendor said that it was made, and does not show it',
    remedy: 'Run `causeway apply` again in a minute: it looks first and makes only what is missing.',
  },
  CW_PROVISION_NO_ROOM: {
    class: 'request',
    title: 'The vendor’s limits leave no room for what is to be made',
    remedy:
      'Nothing was made. Free what is named in the vendor’s set-up or raise its limit there, then apply again; `causeway apply --only` makes single steps.',
  },

  CW_AUTHORIZATION_FAILED: {
    class: 'request',
    title: 'The vendor did not let the connection in',
    remedy:
      'Run `causeway connect` again and agree at the vendor’s page; compare the app’s redirect address and secret.',
  },

  // Webhooks
  CW_WEBHOOK_SIGNATURE: {
    class: 'request',
    title: 'The webhook is not signed as its connection expects',
    remedy: 'Compare the secret in the vendor’s webhook settings with the one of the connection.',
  },
  CW_WEBHOOK_BODY: {
    class: 'request',
    title: 'The webhook body is not the JSON that its vendor sends',
    remedy: 'Nothing is lost: polling reads the record. Check what calls this address.',
  },
  CW_WEBHOOK_UNKNOWN: {
    class: 'request',
    title: 'No connection takes webhooks at this address',
    remedy: 'Use the address that `causeway doctor` prints for the connection.',
  },

  // A vendor's answer
  CW_VENDOR_UNREACHABLE: {
    class: 'retry',
    title: 'The vendor cannot be reached',
    remedy: 'Nothing to do: it is tried again. If it lasts, check the address and the network.',
  },
  CW_VENDOR_TIMEOUT: {
    class: 'retry',
    title: 'The vendor did not answer in time',
    remedy: 'Nothing to do: reads are tried again, writes are settled by reading the record.',
  },
  CW_VENDOR_UNAVAILABLE: {
    class: 'retry',
    title: 'The vendor answered with a server error',
    remedy: 'Nothing to do: it is tried again.',
  },
  CW_VENDOR_THROTTLED: {
    class: 'retry',
    title: 'The vendor asks for fewer requests',
    remedy: 'Nothing to do: the connection waits as long as the vendor says.',
  },
  CW_VENDOR_QUOTA: {
    class: 'connection',
    title: 'The vendor’s daily allowance is used up',
    remedy: 'Work goes on by itself at the stated time; raise the allowance or lower other programs’ use.',
  },
  CW_VENDOR_AUTH: {
    class: 'connection',
    title: 'The vendor refuses the credentials',
    remedy: 'Renew the connection’s credentials; what waits goes on by itself afterwards.',
  },
  CW_REAUTH_REQUIRED: {
    class: 'connection',
    title: 'The vendor takes the connection’s credentials no more, so nothing is asked of it until they are renewed',
    remedy:
      'Put the new secret into its file, or run `causeway connect` with the connection’s name; what waits goes on by itself.',
  },
  CW_VENDOR_SCOPE: {
    class: 'connection',
    title: 'The credentials lack a permission',
    remedy: 'Grant the named permission to the integration’s user or app.',
  },
  CW_VENDOR_ANSWER: {
    class: 'retry',
    title: 'The vendor’s answer cannot be understood',
    remedy: 'It is tried again. If it lasts, a proxy or a page in between answers in the vendor’s place.',
  },
  CW_LIST_INCOMPLETE: {
    class: 'retry',
    title: 'A list or report of named accounts does not tell of all of its accounts',
    remedy:
      'What it named before stays in force, and it is read again in ten minutes. Mend the named report or list: at most 2,000 rows, each with its account; or split it.',
  },
  CW_FEED_SILENT: {
    class: 'retry',
    title: 'Changes are found that no webhook or change stream told of',
    remedy:
      'Nothing is lost: polling replaces it. Check the subscription at the vendor; `causeway doctor` compares it.',
  },
  CW_FEED_UNAVAILABLE: {
    class: 'retry',
    title: 'The vendor offers no change stream here',
    remedy: 'Nothing to do: polling finds every change. Switch the stream on at the vendor to hear of them sooner.',
  },
  CW_CLOCK_SKEW: {
    class: 'retry',
    title: 'The vendor’s clock and the database’s differ by more than a minute',
    remedy:
      'Nothing is lost: the difference is allowed for. Set the clock that is wrong; `causeway streams list` shows by how much.',
  },
  CW_VENDOR_LOCKED: {
    class: 'retry',
    title: 'The record is locked at the vendor',
    remedy: 'Nothing to do: it is tried again when the lock may have gone.',
  },
  CW_RECORD_CHANGED: {
    class: 'retry',
    title: 'The record was changed at the vendor while it was being written',
    remedy: 'Nothing to do: it is read again, merged and written.',
  },

  // A record that a vendor refuses, or that cannot be taken over
  CW_RECORD_INVALID: {
    class: 'record',
    again: 'waits',
    title: 'The vendor refuses the record’s values',
    remedy: 'Mend the named fields in the record or the mapping, then retry.',
  },
  CW_RECORD_DUPLICATE: {
    class: 'record',
    again: 'waits',
    title: 'The vendor holds the record already',
    remedy:
      'Where the vendor names the record, a match is proposed: see `causeway matches list`. Else link the two or merge them there, then retry.',
  },
  CW_RECORD_GONE: {
    class: 'record',
    again: 'waits',
    title: 'The record no longer exists at the vendor',
    remedy: 'Restore it there and retry, or skip with a reason.',
  },
  CW_WRITE_UNCLEAR: {
    class: 'record',
    again: 'person',
    title: 'It is not known whether the write took effect and there is no key to read it by',
    remedy: 'Look at the record in the vendor’s system, then retry or skip.',
  },
  CW_PARENT_PARKED: {
    class: 'record',
    again: 'waits',
    title: 'A record that this one refers to is parked',
    remedy: 'Mend the other record; this one is then tried again by itself.',
  },
  CW_FIELD_MISSING: {
    class: 'record',
    again: 'waits',
    title: 'A required field is empty',
    remedy: 'Fill the named field in the system that it comes from; the record is read again by itself.',
  },
  CW_FIELD_INVALID: {
    class: 'record',
    again: 'waits',
    title: 'A field’s value cannot be understood',
    remedy: 'Mend the named field in the system that it comes from; the record is read again by itself.',
  },
  CW_VALUE_UNPAIRED: {
    class: 'record',
    again: 'waits',
    title: 'A value has no pair on the other side',
    remedy: 'Pair the named value in the mapping, or choose a fallback; the record then goes on by itself.',
  },
  CW_CURRENCY_OTHER: {
    class: 'record',
    again: 'waits',
    title: 'An amount is in another currency than the other side keeps it in',
    remedy:
      'Amounts are never converted. Set the record’s currency right, or let the mapping leave such amounts alone (`otherCurrency: leave`).',
  },
  CW_PARTNER_UNKNOWN: {
    class: 'record',
    again: 'waits',
    title: 'The registration names a partner that is not known',
    remedy: 'Onboard the partner in the portal; the record is tried again by itself.',
  },
  CW_APPLY_FAILED: {
    class: 'record',
    again: 'waits',
    title: 'The change could not be applied',
    remedy: 'Read the details; retry when the cause is mended. If it lasts, it is a fault of Causeway.',
  },
  CW_MATCH_PROPOSED: {
    class: 'record',
    again: 'person',
    title: 'The vendor may hold this record already, and a person has to say',
    remedy: 'See `causeway matches list`; accept or reject the proposal, and it goes on by itself.',
  },
  CW_DELETE_BRAKE: {
    class: 'record',
    again: 'person',
    title: 'Many records were deleted at once, so their deletion waits for a person',
    remedy:
      'Look at the vendor. Was it meant: `causeway parked retry --code CW_DELETE_BRAKE`; else restore them there.',
  },
  CW_RECORD_TOO_LARGE: {
    class: 'record',
    again: 'waits',
    title: 'The record is larger than can be kept or sent',
    remedy: 'Shorten the named field in the system that it comes from, or map fewer fields.',
  },
  CW_CONTACT_ELSEWHERE: {
    class: 'record',
    again: 'waits',
    title: 'The contact belongs to another partner already',
    remedy:
      'Remove the person from one of the two partners, or give each an e-mail address of its own; it goes on by itself.',
  },
  CW_PARENT_CYCLE: {
    class: 'record',
    again: 'waits',
    title: 'The accounts refer to each other in a circle as parents',
    remedy: 'Break the circle in the named system; the record is read again by itself.',
  },
  CW_SCHEMA_CHANGED: {
    class: 'record',
    again: 'waits',
    title: 'The vendor’s field was changed, and the mapping no longer fits it',
    remedy:
      'See `causeway schema list`. Undo the change at the vendor or mend the mapping; what waits then goes on by itself.',
  },
  CW_WRITE_MODE: {
    class: 'record',
    again: 'waits',
    title: 'The mapping’s mode does not allow this write',
    remedy: 'Make or remove the record in the vendor’s system, or choose another mode in the mapping, then retry.',
  },
  CW_TRANSFORM_STOPPED: {
    class: 'record',
    again: 'waits',
    title: 'A transformation was stopped, for it went beyond what one may cost',
    remedy: 'Make the named field’s expression simpler; what is parked is then tried again by itself.',
  },
  CW_TRANSFORM_FAILED: {
    class: 'record',
    again: 'waits',
    title: 'A transformation failed on the record',
    remedy: 'Mend the named field’s expression, or the values that it reads; it is then tried again by itself.',
  },
  CW_TRANSFORM_RESULT: {
    class: 'record',
    again: 'waits',
    title: 'What a transformation gave is no value of its field',
    remedy: 'Let the named field’s expression give what its conversion reads; it is then tried again by itself.',
  },
  CW_UNDO_EDITED: {
    class: 'record',
    again: 'person',
    title: 'The record was edited since, so its earlier values were not restored',
    remedy: 'Compare the values shown beside it, and mend the record by hand if they should come back.',
  },
  CW_NOTICE_REFUSED: {
    class: 'record',
    again: 'person',
    title: 'The mail server does not take the message',
    remedy: 'Mend the address or the mail settings, then retry; or skip it.',
  },
  CW_SKIPPED: {
    class: 'record',
    again: 'person',
    title: 'A person chose to skip this change',
    remedy: 'Nothing to do; the reason is kept beside it.',
  },
} as const satisfies Record<string, Entry>

type Entry = { title: string; remedy: string } & (
  | { class: 'connection' | 'retry' | 'request' | 'start' }
  /** `waits`: what is parked with it is tried again by itself, after growing waits; `person`: only when a person says so. */
  | { class: 'record'; again: 'waits' | 'person' }
)

export type ErrorCode = keyof typeof errors

/** A coded error that a person can act on. `detail` says what was found and what was expected, without secrets. */
export class CausewayError extends Error {
  override readonly name = 'CausewayError'
  readonly code: ErrorCode
  readonly detail: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, detail: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.detail = detail
  }

  /** The sentence, the reason and the way out, for a terminal or a log. */
  explain(): string {
    return `${this.code}: ${this.message}\n  ${errors[this.code].remedy}`
  }
}

/** Codes whose parked records wait for a person; trying them again unasked could double an effect or overrule somebody. */
export const personal: readonly ErrorCode[] = Object.entries(errors).flatMap(([code, entry]) =>
  entry.class === 'record' && entry.again === 'person' && isErrorCode(code) ? [code] : [],
)

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errors, text)
}
