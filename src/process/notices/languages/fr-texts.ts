/** The templates in French: one long file, for a translator reads it as a whole. */
import type { Text } from '../template.ts'
import type { Language } from './language.ts'

const escalated: Text = {
  subject: 'En retard : {company} ({partner}) n’a pas été décidé à temps',
  body: `L’enregistrement de {company} par {partner} devait être décidé avant le {decideBy} et ne l’est pas encore.

Pourquoi une décision est nécessaire :
{why}

{commands}`,
}

const toldByManager: Text = {
  subject: 'Merci d’informer {partner} : un autre partenaire revendique aussi {company}',
  body: 'Un autre partenaire revendique aussi {company}, et nous ne connaissons pas d’adresse de {partner}. Merci de l’en informer dans la journée, sans le nom ni le montant de l’autre partenaire.',
}

const conflicts: Text = {
  subject: 'Revue des conflits : {count, plural, one {# compte attend} other {# comptes attendent}} une décision',
  body: `Ces comptes sont suivis par notre propre équipe et un partenaire, ou par plusieurs partenaires, et rien n’est décidé. Chaque ligne nomme sa tâche.

{list}

et {more} de plus

Tous, aussi en CSV :
{commands}`,
}

const alert = `Le compte {company} est enregistré par un partenaire.

Depuis : {submittedAt}

Protégé jusqu’au : {protectedUntil}

Votre interlocuteur : {contact}`

const evidence = `L’opportunité : {deal}

Responsable : {owner}

Montant de l’opportunité : {dealAmount}

L’enregistrement : {company} par {partner}

Soumis : {submittedAt}

Protégé jusqu’au : {protectedUntil}

Montant : {amount}`

const dealOverdue: Text = {
  subject: 'En retard : {deal} chez {company} n’a pas été décidé à temps',
  body: `L’opportunité {deal} de {owner} chez {company}, enregistrée par {partner}, devait être décidée avant le {decideBy} et ne l’est pas encore.

{commands}`,
}

const letGo: Text = {
  subject: '{deal} chez {company} a été déplacée à plusieurs reprises pendant son examen',
  body: `L’étape de {deal}, suivie par {owner}, a été rétablie plusieurs fois et changée à nouveau chaque fois. Elle n’est plus rétablie. La décision reste à prendre.

${evidence}

{commands}`,
}

const over = (what: string) => {
  const text: Text = {
    subject: `{deal} chez {company} : ${what}`,
    body: `L’examen de {deal} chez {company} est terminé : ${what}.`,
  }
  return { rep: text, manager: text, director: text }
}

const withoutSource: Text = {
  subject: '{count, plural, one {# opportunité ouverte n’a} other {# opportunités ouvertes n’ont}} pas d’origine',
  body: `Personne n’a dit de ces opportunités ouvertes si elles sont directes, apportées ou influencées par un partenaire. Merci d’indiquer l’origine dans le CRM ; cette liste arrive une fois par jour jusqu’à ce qu’elle soit vide.

{list}

et {more} de plus

Toutes :
{commands}`,
}

export const frenchTexts: Language['texts'] = {
  'task.opened': {
    manager: {
      subject: 'Décision attendue : {partner} a enregistré {company}',
      body: `{partner} a enregistré {company}.

Pourquoi vous êtes consulté :
{why}

Selon notre politique : {cited}

Question posée : {question}

Réponse : {answer}

Merci de décider avant le {decideBy}.

{commands}`,
    },
  },
  'task.reminder': {
    manager: {
      subject: 'Rappel : {company} ({partner}) attend votre décision',
      body: `L’enregistrement de {company} par {partner} n’est pas encore décidé. Échéance : {decideBy}.

{commands}`,
    },
  },
  'task.comment-missing': {
    manager: {
      subject: 'Motif attendu : {company} ({partner}) a été refusé sans commentaire',
      body: `Vous avez refusé l’enregistrement de {company} par {partner} dans le processus d’approbation du CRM, sans commentaire. Selon notre politique, le partenaire doit en connaître le motif ; rien n’est donc décidé : la question reste ouverte, et le processus d’approbation est terminé.

Merci de décider à nouveau, en indiquant un motif. Échéance : {decideBy}.

{commands}`,
    },
  },
  'task.escalated': { manager: escalated, director: escalated },
  'registration.approved': {
    partner: {
      subject: 'Approuvé : {company}',
      body: `Votre enregistrement de {company} est approuvé.

La société vous est réservée jusqu’au {protectedUntil}.

La protection a commencé le {protectedFrom}.

Selon notre politique : {cited}`,
    },
    manager: {
      subject: 'Approuvé : {company} ({partner})',
      body: `L’enregistrement de {company} par {partner} est approuvé.

La société lui est réservée jusqu’au {protectedUntil}.

La protection a commencé le {protectedFrom}.

Selon notre politique : {cited}`,
    },
  },
  'registration.declined': {
    partner: {
      subject: 'Refusé : {company}',
      body: `Votre enregistrement de {company} est refusé.

Motif : {reason}`,
    },
    manager: {
      subject: 'Refusé : {company} ({partner})',
      body: `L’enregistrement de {company} par {partner} est refusé.

Motif : {reason}`,
    },
  },
  'registration.lapsed': {
    partner: {
      subject: 'Expiré : {company}',
      body: 'Votre période d’exclusivité pour {company} a pris fin le {protectedUntil}. L’enregistrement a expiré.',
    },
    manager: {
      subject: 'Expiré : {company} ({partner})',
      body: 'La période d’exclusivité de {partner} pour {company} a pris fin le {protectedUntil}. L’enregistrement a expiré.',
    },
  },
  'registration.won': {
    partner: { subject: 'Gagné : {company}', body: 'L’affaire avec {company} que vous avez enregistrée est gagnée.' },
    manager: {
      subject: 'Gagné : {company} ({partner})',
      body: 'L’affaire avec {company}, enregistrée par {partner}, est gagnée.',
    },
  },
  'registration.lost': {
    partner: { subject: 'Perdu : {company}', body: 'L’affaire avec {company} que vous avez enregistrée est perdue.' },
    manager: {
      subject: 'Perdu : {company} ({partner})',
      body: 'L’affaire avec {company}, enregistrée par {partner}, est perdue.',
    },
  },
  'registration.revoked': {
    partner: {
      subject: 'Révoqué : {company}',
      body: `L’approbation de votre enregistrement de {company} est retirée. La société ne vous est plus réservée.

Motif : {reason}`,
    },
    manager: {
      subject: 'Révoqué : {company} ({partner})',
      body: `L’approbation de l’enregistrement de {company} par {partner} est retirée.

Motif : {reason}`,
    },
  },
  'registration.withdrawn': {
    manager: {
      subject: 'Retiré : {company} ({partner})',
      body: '{partner} a retiré l’enregistrement de {company}.',
    },
  },
  'conflict.detected': {
    partner: {
      subject: 'Un autre partenaire a aussi enregistré {company}',
      body: 'Un autre partenaire a soumis un enregistrement pour {company}, que vous avez enregistrée. Rien ne change pour vous tant que nous ne vous écrivons pas de nouveau.',
    },
    manager: toldByManager,
  },
  'conflict.found': {
    partner: {
      subject: 'Une autre revendication sur {company}',
      body: 'Lors de la vérification de votre enregistrement de {company}, un autre partenaire revendiquait la société. Nous vous écrirons de nouveau quand ce sera tranché.',
    },
    manager: toldByManager,
  },
  'conflict.asked': {
    manager: {
      subject: 'Quelque chose se trouve à côté de {company} ({partner}) : une personne est consultée',
      body: `La vérification de {company}, enregistrée par {partner}, a trouvé quelque chose à côté de la demande. La personne qui décide de telles demandes est consultée ; d’ici là, rien ne prend effet.

Pourquoi elle est consultée :
{why}`,
    },
  },
  'conflict.decided': {
    manager: {
      subject: '{company} ({partner}) est approuvé par une règle, bien que quelque chose s’y oppose',
      body: `La vérification de {company}, enregistrée par {partner}, a trouvé quelque chose à côté de la demande, et une règle de la politique en décide : la demande est approuvée. L’historique de l’enregistrement nomme la règle et les éléments trouvés.

Selon notre politique : {cited}`,
    },
  },
  'audit.conflicts': { manager: conflicts },
  'audit.conflicts-assigned': { manager: conflicts },
  'contact.deactivate': {
    manager: {
      subject: '{person} a quitté {partner} : merci de supprimer son accès à {connection}',
      body: `{person} a quitté {partner} et figure toujours dans {connection} comme si de rien n’était. Causeway ne peut y désactiver personne ; merci de supprimer cet accès à la main.

Merci de le faire avant le {decideBy}

Dès que {connection} montre que la personne n’y est plus, tout est réglé sans autre geste. Sinon, dites ici que l’accès est retiré, ou qu’il est conservé :
{commands}`,
    },
  },
  'exclusivity.ending': {
    partner: {
      subject: 'Votre période d’exclusivité pour {company} se termine bientôt',
      body: 'Votre période d’exclusivité pour {company} se termine le {protectedUntil}.',
    },
    manager: {
      subject: 'La période d’exclusivité pour {company} ({partner}) se termine bientôt',
      body: 'La période d’exclusivité de {partner} pour {company} se termine le {protectedUntil}.',
    },
  },
  'extension.asked': {
    manager: {
      subject: 'Décision attendue : une protection plus longue de {company} pour {partner}',
      body: `La protection de {company} pour {partner} se termine le {protectedUntil}. Il est demandé qu’elle dure jusqu’au {extendUntil}.

Motif de la demande : {extensionReason}

Merci de décider avant le {decideBy}.

{commands}`,
    },
  },
  'exclusivity.extended': {
    partner: {
      subject: 'Prolongé : {company}',
      body: 'La société {company} vous reste réservée jusqu’au {protectedUntil}.',
    },
    manager: {
      subject: 'Prolongé : {company} ({partner})',
      body: 'La société {company} reste réservée à {partner} jusqu’au {protectedUntil}.',
    },
  },
  'exclusivity.rejudged': {
    partner: {
      subject: 'Nouvelle fin de votre protection : {company}',
      body: 'Notre politique a changé. La société {company} vous est maintenant réservée jusqu’au {protectedUntil}.',
    },
    manager: {
      subject: 'Nouvelle fin de la protection : {company} ({partner})',
      body: 'La politique a changé. La société {company} est maintenant réservée à {partner} jusqu’au {protectedUntil}.',
    },
  },
  'registration.reopened': {
    partner: {
      subject: 'De nouveau ouvert : {company}',
      body: 'L’affaire avec {company} que vous avez enregistrée est de nouveau ouverte.',
    },
    manager: {
      subject: 'De nouveau ouvert : {company} ({partner})',
      body: 'L’affaire avec {company}, enregistrée par {partner}, est de nouveau ouverte.',
    },
  },
  'registration.not-credited': {
    partner: {
      subject: 'Gagné après la fin de votre protection : {company}',
      body: `L’affaire avec {company} a été gagnée après la fin de votre période d’exclusivité, le {protectedUntil}. Elle ne vous est pas attribuée.

Motif : {decisionReason}`,
    },
    manager: {
      subject: 'Gagné après la fin de la protection : {company} ({partner})',
      body: 'L’affaire avec {company} a été gagnée après la fin de la période d’exclusivité de {partner}, le {protectedUntil}. Elle ne lui est pas attribuée.',
    },
  },
  'registration.merged': {
    partner: {
      subject: 'Fusionné : {company}',
      body: `Vous aviez déjà enregistré {company}. Cet enregistrement se poursuit dans l’autre, et rien n’est perdu.

{reason}`,
    },
  },
  'claim.questioned': {
    manager: {
      subject: 'Décision attendue : la demande de {partner} sur {company} tient-elle ?',
      body: `Ce sur quoi reposait l’enregistrement de {company} par {partner} a changé :
{why}

Merci de décider avant le {decideBy}.

{commands}`,
    },
  },
  'extension.refused': {
    partner: {
      subject: 'Non prolongé : {company}',
      body: `Votre protection de {company} n’est pas prolongée ; elle se termine le {protectedUntil}.

Motif : {decisionReason}`,
    },
  },
  'info.requested': {
    partner: {
      subject: 'Une question sur {company}',
      body: `Avant de décider de votre enregistrement de {company}, nous devons en savoir plus :

{question}

Le délai de décision est suspendu jusqu’à votre réponse.`,
    },
  },
  'info.reminder': {
    partner: {
      subject: 'Toujours ouverte : notre question sur {company}',
      body: `Nous attendons encore votre réponse sur votre enregistrement de {company} :

{question}`,
    },
  },
  'direct-deal.held': {
    rep: {
      subject: '{deal} est suspendue : {company} est enregistrée par un partenaire',
      body: `${alert}

Votre opportunité {deal} est à l’examen et garde son étape jusqu’à la décision de votre responsable.`,
    },
    manager: {
      subject: 'Opportunité directe ouverte chez {company}, enregistrée par {partner}',
      body: `${evidence}

L’opportunité est suspendue jusqu’à la décision du responsable.`,
    },
  },
  'direct-deal.noticed': {
    rep: {
      subject: '{deal} : {company} est peut-être enregistrée par un partenaire',
      body: `${alert}

Votre opportunité {deal} est à l’examen : on demande à votre responsable s’il s’agit de la même société. Vous pouvez continuer entre-temps.`,
    },
    manager: {
      subject: 'Opportunité directe ouverte peut-être chez {company}, enregistrée par {partner}',
      body: `${evidence}

Le responsable est consulté. L’opportunité n’est pas suspendue.`,
    },
  },
  'direct-deal.asked': {
    manager: {
      subject: 'Décision attendue : {deal} ouverte chez {company}, enregistrée par un partenaire',
      body: `${evidence}

Pourquoi vous êtes consulté :
{why}

Merci de décider avant le {decideBy} : la libérer, la confier au partenaire, ou la faire vendre ensemble.

{commands}`,
    },
  },
  'direct-deal.reminded': {
    manager: {
      subject: 'Rappel : {deal} chez {company} attend votre décision',
      body: `L’opportunité {deal} de {owner} chez {company}, enregistrée par {partner}, n’est pas encore décidée. Échéance : {decideBy}.

{commands}`,
    },
  },
  'direct-deal.escalated': { manager: dealOverdue, director: dealOverdue },
  'direct-deal.set-back': {
    rep: {
      subject: '{deal} est à l’examen : son étape a été rétablie',
      body: `${alert}

Votre opportunité {deal} est à l’examen. Son étape a été changée puis rétablie. Elle pourra avancer quand votre responsable aura décidé.`,
    },
  },
  'direct-deal.let-go': { manager: letGo, director: letGo },
  'direct-deal.released': over('elle est libérée et continue comme opportunité directe'),
  'direct-deal.reassigned': over('elle continue comme affaire du partenaire'),
  'direct-deal.co-sell': over('elle est vendue ensemble avec le partenaire'),
  'direct-deal.closed': over(
    'il n’y a plus rien à décider, car l’enregistrement ou l’opportunité a pris fin ou a changé',
  ),
  'direct-deal.partner-reassign': {
    partner: {
      subject: 'Une affaire chez {company} est à vous',
      body: 'Notre propre équipe avait une opportunité chez {company}, que vous avez enregistrée. Elle fait maintenant partie de votre enregistrement.',
    },
  },
  'direct-deal.partner-co-sell': {
    partner: {
      subject: '{company} est vendue ensemble avec notre équipe',
      body: `Notre propre équipe a une opportunité chez {company}, que vous avez enregistrée, et y travaille avec vous.

Votre interlocuteur : {contact}`,
    },
  },
  'deals.without-source': { manager: withoutSource },
  'deals.without-source.managed': { manager: withoutSource },
  'change.proposed': {
    partner: {
      subject: 'Votre modification de {company} est examinée',
      body: `Comme votre enregistrement de {company} est approuvé, votre modification ne s’applique pas tout de suite : nous l’examinons et vous écrivons.

D’ici là, tout reste tel qu’approuvé, dans votre portail aussi.`,
    },
    manager: {
      subject: 'Décision attendue : {partner} veut modifier l’enregistrement de {company}',
      body: `{partner} a modifié des champs de l’enregistrement de {company} qui sont verrouillés depuis son approbation. Ils restent tels quels jusqu’à votre décision :

{commands}`,
    },
  },
  'change.accepted': {
    partner: {
      subject: 'Votre modification de {company} est acceptée',
      body: 'Ce que vous avez modifié dans votre enregistrement de {company} est en vigueur.',
    },
  },
  'change.refused': {
    partner: {
      subject: 'Votre modification de {company} n’est pas acceptée',
      body: `Ce que vous avez modifié dans votre enregistrement de {company} n’est pas accepté ; il reste tel qu’approuvé.

Motif : {decisionReason}`,
    },
  },
}
