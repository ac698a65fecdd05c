/** The templates in German: one long file, for a translator reads it as a whole. */
import type { Text } from '../template.ts'
import type { Language } from './language.ts'

const escalated: Text = {
  subject: 'Überfällig: {company} ({partner}) wurde nicht rechtzeitig entschieden',
  body: `Die Registrierung von {company} durch {partner} war fällig: {decideBy}. Sie ist noch nicht entschieden.

Warum eine Entscheidung nötig ist:
{why}

{commands}`,
}

const toldByManager: Text = {
  subject: 'Bitte sagen Sie {partner}: auch ein anderer Partner beansprucht {company}',
  body: 'Auch ein anderer Partner beansprucht {company}, und von {partner} kennen wir keine Adresse. Bitte sagen Sie es dem Partner innerhalb eines Tages, ohne Namen oder Betrag des anderen.',
}

const conflicts: Text = {
  subject: 'Konfliktprüfung: {count, plural, one {# Firma braucht} other {# Firmen brauchen}} eine Entscheidung',
  body: `Diese Firmen werden von unserem eigenen Vertrieb und einem Partner oder von mehreren Partnern bearbeitet, und niemand hat entschieden. Jede Zeile nennt ihre Aufgabe.

{list}

und {more} weitere

Alle, auch als CSV:
{commands}`,
}

const alert = `Die Firma {company} ist von einem Partner registriert.

Seit: {submittedAt}

Geschützt bis: {protectedUntil}

Ansprechpartner: {contact}`

const evidence = `Die Opportunity: {deal}

Zuständig: {owner}

Betrag der Opportunity: {dealAmount}

Die Registrierung: {company} durch {partner}

Eingereicht: {submittedAt}

Geschützt bis: {protectedUntil}

Betrag: {amount}`

const dealOverdue: Text = {
  subject: 'Überfällig: {deal} bei {company} wurde nicht rechtzeitig entschieden',
  body: `Die Opportunity {deal} von {owner} bei {company}, registriert von {partner}, war fällig: {decideBy}. Sie ist noch nicht entschieden.

{commands}`,
}

const letGo: Text = {
  subject: '{deal} bei {company} wurde während der Prüfung immer wieder weiterbewegt',
  body: `Die Phase von {deal} (zuständig: {owner}) wurde mehrmals zurückgesetzt und jedes Mal wieder geändert. Sie wird nicht mehr zurückgesetzt. Die Entscheidung steht noch aus.

${evidence}

{commands}`,
}

const over = (what: string) => {
  const text: Text = {
    subject: `{deal} bei {company}: ${what}`,
    body: `Die Prüfung von {deal} bei {company} ist beendet: ${what}.`,
  }
  return { rep: text, manager: text, director: text }
}

const withoutSource: Text = {
  subject: '{count, plural, one {# offene Opportunity hat} other {# offene Opportunitys haben}} keine Herkunft',
  body: `Niemand hat von diesen offenen Opportunitys gesagt, ob sie direkt, vom Partner gebracht oder vom Partner beeinflusst sind. Bitte tragen Sie die Herkunft im CRM ein; diese Liste kommt einmal am Tag, bis sie leer ist.

{list}

und {more} weitere

Alle:
{commands}`,
}

export const germanTexts: Language['texts'] = {
  'task.opened': {
    manager: {
      subject: 'Entscheidung nötig: {partner} hat {company} registriert',
      body: `{partner} hat {company} registriert.

Warum Sie gefragt werden:
{why}

Nach unserer Richtlinie: {cited}

Gefragt: {question}

Geantwortet: {answer}

Bitte entscheiden Sie bis: {decideBy}.

{commands}`,
    },
  },
  'task.reminder': {
    manager: {
      subject: 'Erinnerung: {company} ({partner}) wartet auf Ihre Entscheidung',
      body: `Die Registrierung von {company} durch {partner} ist noch nicht entschieden. Fällig: {decideBy}.

{commands}`,
    },
  },
  'task.comment-missing': {
    manager: {
      subject: 'Bitte begründen: {company} ({partner}) wurde ohne Kommentar abgelehnt',
      body: `Sie haben die Registrierung von {company} durch {partner} im Genehmigungsprozess des CRM ohne Kommentar abgelehnt. Nach unserer Richtlinie erfährt der Partner den Grund; es ist daher nichts entschieden: Die Frage ist noch offen, der Genehmigungsprozess ist beendet.

Bitte entscheiden Sie noch einmal, mit einer Begründung. Fällig: {decideBy}.

{commands}`,
    },
  },
  'task.escalated': { manager: escalated, director: escalated },
  'registration.approved': {
    partner: {
      subject: 'Genehmigt: {company}',
      body: `Ihre Registrierung von {company} ist genehmigt.

Die Firma ist für Sie reserviert bis: {protectedUntil}.

Der Schutz begann: {protectedFrom}.

Nach unserer Richtlinie: {cited}`,
    },
    manager: {
      subject: 'Genehmigt: {company} ({partner})',
      body: `Die Registrierung von {company} durch {partner} ist genehmigt.

Die Firma ist für den Partner reserviert bis: {protectedUntil}.

Der Schutz begann: {protectedFrom}.

Nach unserer Richtlinie: {cited}`,
    },
  },
  'registration.declined': {
    partner: {
      subject: 'Abgelehnt: {company}',
      body: `Ihre Registrierung von {company} ist abgelehnt.

Grund: {reason}`,
    },
    manager: {
      subject: 'Abgelehnt: {company} ({partner})',
      body: `Die Registrierung von {company} durch {partner} ist abgelehnt.

Grund: {reason}`,
    },
  },
  'registration.lapsed': {
    partner: {
      subject: 'Abgelaufen: {company}',
      body: 'Ihr Schutz für {company} ist abgelaufen: {protectedUntil}. Die Registrierung ist beendet.',
    },
    manager: {
      subject: 'Abgelaufen: {company} ({partner})',
      body: 'Der Schutz von {partner} für {company} ist abgelaufen: {protectedUntil}. Die Registrierung ist beendet.',
    },
  },
  'registration.won': {
    partner: {
      subject: 'Gewonnen: {company}',
      body: 'Das von Ihnen registrierte Geschäft mit {company} ist gewonnen.',
    },
    manager: {
      subject: 'Gewonnen: {company} ({partner})',
      body: 'Das Geschäft mit {company}, registriert von {partner}, ist gewonnen.',
    },
  },
  'registration.lost': {
    partner: {
      subject: 'Verloren: {company}',
      body: 'Das von Ihnen registrierte Geschäft mit {company} ist verloren.',
    },
    manager: {
      subject: 'Verloren: {company} ({partner})',
      body: 'Das Geschäft mit {company}, registriert von {partner}, ist verloren.',
    },
  },
  'registration.revoked': {
    partner: {
      subject: 'Widerrufen: {company}',
      body: `Die Genehmigung Ihrer Registrierung von {company} ist widerrufen. Die Firma ist nicht mehr für Sie reserviert.

Grund: {reason}`,
    },
    manager: {
      subject: 'Widerrufen: {company} ({partner})',
      body: `Die Genehmigung der Registrierung von {company} durch {partner} ist widerrufen.

Grund: {reason}`,
    },
  },
  'registration.withdrawn': {
    manager: {
      subject: 'Zurückgezogen: {company} ({partner})',
      body: '{partner} hat die Registrierung von {company} zurückgezogen.',
    },
  },
  'conflict.detected': {
    partner: {
      subject: 'Ein weiterer Partner hat {company} registriert',
      body: 'Ein anderer Partner hat eine Registrierung für {company} eingereicht, die Sie registriert haben. Für Sie ändert sich nichts, solange wir Ihnen nicht noch einmal schreiben.',
    },
    manager: toldByManager,
  },
  'conflict.found': {
    partner: {
      subject: 'Ein weiterer Anspruch auf {company}',
      body: 'Bei der Prüfung Ihrer Registrierung von {company} hatte ein anderer Partner einen Anspruch auf die Firma. Wir schreiben wieder, wenn darüber entschieden ist.',
    },
    manager: toldByManager,
  },
  'conflict.asked': {
    manager: {
      subject: 'Neben {company} ({partner}) steht etwas: ein Mensch wird gefragt',
      body: `Die Prüfung von {company}, registriert von {partner}, hat neben dem Anspruch etwas gefunden. Wer über solche Ansprüche entscheidet, wird gefragt; bis dahin gilt nichts davon.

Warum gefragt wird:
{why}`,
    },
  },
  'conflict.decided': {
    manager: {
      subject: '{company} ({partner}) wird nach einer Regel genehmigt, obwohl etwas daneben steht',
      body: `Die Prüfung von {company}, registriert von {partner}, hat neben dem Anspruch etwas gefunden, und eine Regel der Richtlinie entscheidet darüber: Der Anspruch wird genehmigt. Der Verlauf der Registrierung nennt die Regel und die Funde.

Nach unserer Richtlinie: {cited}`,
    },
  },
  'audit.conflicts': { manager: conflicts },
  'audit.conflicts-assigned': { manager: conflicts },
  'contact.deactivate': {
    manager: {
      subject: '{person} hat {partner} verlassen: bitte den Zugang zu {connection} entfernen',
      body: `{person} hat {partner} verlassen und steht in {connection}, als wäre nichts geschehen. Causeway kann dort niemanden deaktivieren; bitte entfernen Sie den Zugang dort von Hand.

Bitte tun Sie es bis: {decideBy}

Sobald {connection} zeigt, dass die Person nicht mehr da ist, erledigt sich das von selbst. Sonst sagen Sie hier, dass der Zugang entzogen ist oder bleibt:
{commands}`,
    },
  },
  'exclusivity.ending': {
    partner: {
      subject: 'Ihr Schutz für {company} endet bald',
      body: 'Ihr Schutz für {company} endet: {protectedUntil}.',
    },
    manager: {
      subject: 'Der Schutz für {company} ({partner}) endet bald',
      body: 'Der Schutz von {partner} für {company} endet: {protectedUntil}.',
    },
  },
  'extension.asked': {
    manager: {
      subject: 'Entscheidung nötig: längerer Schutz von {company} für {partner}',
      body: `Der Schutz von {company} für {partner} endet: {protectedUntil}. Gewünscht ist er bis: {extendUntil}.

Begründung: {extensionReason}

Bitte entscheiden Sie bis: {decideBy}.

{commands}`,
    },
  },
  'exclusivity.extended': {
    partner: {
      subject: 'Verlängert: {company}',
      body: 'Die Firma {company} bleibt für Sie reserviert bis: {protectedUntil}.',
    },
    manager: {
      subject: 'Verlängert: {company} ({partner})',
      body: 'Die Firma {company} bleibt für {partner} reserviert bis: {protectedUntil}.',
    },
  },
  'exclusivity.rejudged': {
    partner: {
      subject: 'Neues Ende Ihres Schutzes: {company}',
      body: 'Unsere Richtlinie wurde geändert. Die Firma {company} ist jetzt für Sie reserviert bis: {protectedUntil}.',
    },
    manager: {
      subject: 'Neues Ende des Schutzes: {company} ({partner})',
      body: 'Die Richtlinie wurde geändert. Die Firma {company} ist jetzt für {partner} reserviert bis: {protectedUntil}.',
    },
  },
  'registration.reopened': {
    partner: {
      subject: 'Wieder offen: {company}',
      body: 'Das von Ihnen registrierte Geschäft mit {company} ist wieder offen.',
    },
    manager: {
      subject: 'Wieder offen: {company} ({partner})',
      body: 'Das Geschäft mit {company}, registriert von {partner}, ist wieder offen.',
    },
  },
  'registration.not-credited': {
    partner: {
      subject: 'Nach dem Ende Ihres Schutzes gewonnen: {company}',
      body: `Das Geschäft mit {company} wurde gewonnen, nachdem Ihr Schutz abgelaufen war: {protectedUntil}. Es zählt nicht als Ihres.

Grund: {decisionReason}`,
    },
    manager: {
      subject: 'Nach dem Ende des Schutzes gewonnen: {company} ({partner})',
      body: 'Das Geschäft mit {company} wurde gewonnen, nachdem der Schutz von {partner} abgelaufen war: {protectedUntil}. Es zählt nicht als das des Partners.',
    },
  },
  'registration.merged': {
    partner: {
      subject: 'Zusammengeführt: {company}',
      body: `Sie haben {company} bereits registriert. Diese Registrierung geht in der anderen weiter, und nichts geht verloren.

{reason}`,
    },
  },
  'claim.questioned': {
    manager: {
      subject: 'Entscheidung nötig: Gilt der Anspruch von {partner} auf {company} noch?',
      body: `Worauf die Registrierung von {company} durch {partner} beruhte, hat sich geändert:
{why}

Bitte entscheiden Sie bis: {decideBy}.

{commands}`,
    },
  },
  'extension.refused': {
    partner: {
      subject: 'Nicht verlängert: {company}',
      body: `Ihr Schutz für {company} wird nicht verlängert; er endet: {protectedUntil}.

Grund: {decisionReason}`,
    },
  },
  'info.requested': {
    partner: {
      subject: 'Eine Frage zu {company}',
      body: `Bevor wir über Ihre Registrierung von {company} entscheiden können, müssen wir mehr wissen:

{question}

Die Frist für die Entscheidung steht still, bis Sie geantwortet haben.`,
    },
  },
  'info.reminder': {
    partner: {
      subject: 'Noch offen: unsere Frage zu {company}',
      body: `Wir warten noch auf Ihre Antwort zu Ihrer Registrierung von {company}:

{question}`,
    },
  },
  'direct-deal.held': {
    rep: {
      subject: '{deal} ist angehalten: {company} ist von einem Partner registriert',
      body: `${alert}

Ihre Opportunity {deal} wird geprüft und behält ihre Phase, bis Ihre Führungskraft entschieden hat.`,
    },
    manager: {
      subject: 'Direkte Opportunity bei {company}, registriert von {partner}',
      body: `${evidence}

Die Opportunity ist angehalten, bis die Führungskraft entschieden hat.`,
    },
  },
  'direct-deal.noticed': {
    rep: {
      subject: '{deal}: {company} ist womöglich von einem Partner registriert',
      body: `${alert}

Ihre Opportunity {deal} wird geprüft: Ihre Führungskraft wird gefragt, ob es dieselbe Firma ist. Sie können inzwischen weiterarbeiten.`,
    },
    manager: {
      subject: 'Direkte Opportunity womöglich bei {company}, registriert von {partner}',
      body: `${evidence}

Die Führungskraft wird gefragt. Die Opportunity ist nicht angehalten.`,
    },
  },
  'direct-deal.asked': {
    manager: {
      subject: 'Entscheidung nötig: {deal} bei {company}, registriert von einem Partner',
      body: `${evidence}

Warum Sie gefragt werden:
{why}

Bitte entscheiden Sie bis: {decideBy}. Sie können sie freigeben, dem Partner überlassen oder gemeinsam verkaufen lassen.

{commands}`,
    },
  },
  'direct-deal.reminded': {
    manager: {
      subject: 'Erinnerung: {deal} bei {company} wartet auf Ihre Entscheidung',
      body: `Die Opportunity {deal} von {owner} bei {company}, registriert von {partner}, ist noch nicht entschieden. Fällig: {decideBy}.

{commands}`,
    },
  },
  'direct-deal.escalated': { manager: dealOverdue, director: dealOverdue },
  'direct-deal.set-back': {
    rep: {
      subject: '{deal} wird geprüft: die Phase wurde zurückgesetzt',
      body: `${alert}

Ihre Opportunity {deal} wird geprüft. Ihre Phase wurde geändert und auf die frühere zurückgesetzt. Sie kann weiterbewegt werden, wenn Ihre Führungskraft entschieden hat.`,
    },
  },
  'direct-deal.let-go': { manager: letGo, director: letGo },
  'direct-deal.released': over('sie ist freigegeben und läuft als direkte Opportunity weiter'),
  'direct-deal.reassigned': over('sie läuft als Geschäft des Partners weiter'),
  'direct-deal.co-sell': over('sie wird gemeinsam mit dem Partner verkauft'),
  'direct-deal.closed': over(
    'es gibt nichts mehr zu entscheiden, denn die Registrierung oder die Opportunity ist beendet oder hat sich geändert',
  ),
  'direct-deal.partner-reassign': {
    partner: {
      subject: 'Ein Geschäft bei {company} gehört Ihnen',
      body: 'Unser eigener Vertrieb hatte eine Opportunity bei {company}, die Sie registriert haben. Sie gehört jetzt zu Ihrer Registrierung.',
    },
  },
  'direct-deal.partner-co-sell': {
    partner: {
      subject: '{company} wird gemeinsam mit unserem Vertrieb bearbeitet',
      body: `Unser eigener Vertrieb hat eine Opportunity bei {company}, die Sie registriert haben, und arbeitet daran gemeinsam mit Ihnen.

Ansprechpartner: {contact}`,
    },
  },
  'deals.without-source': { manager: withoutSource },
  'deals.without-source.managed': { manager: withoutSource },
  'change.proposed': {
    partner: {
      subject: 'Ihre Änderung zu {company} wird geprüft',
      body: `Weil Ihre Registrierung von {company} genehmigt ist, gilt Ihre Änderung nicht sofort: Wir sehen sie uns an und schreiben Ihnen.

Bis dahin bleibt alles, wie es genehmigt wurde, auch in Ihrem Portal.`,
    },
    manager: {
      subject: 'Entscheidung nötig: {partner} möchte die Registrierung von {company} ändern',
      body: `{partner} hat Felder der Registrierung von {company} geändert, die seit der Genehmigung gesperrt sind. Sie bleiben, wie sie sind, bis Sie entschieden haben:

{commands}`,
    },
  },
  'change.accepted': {
    partner: {
      subject: 'Ihre Änderung zu {company} ist angenommen',
      body: 'Was Sie an Ihrer Registrierung von {company} geändert haben, gilt jetzt.',
    },
  },
  'change.refused': {
    partner: {
      subject: 'Ihre Änderung zu {company} ist nicht angenommen',
      body: `Was Sie an Ihrer Registrierung von {company} geändert haben, ist nicht angenommen; sie bleibt, wie sie genehmigt wurde.

Grund: {decisionReason}`,
    },
  },
}
