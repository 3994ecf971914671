/** What the letter says of an invitation. */
export interface InvitationLetter {
  readonly legalName: string
  readonly invitedBy: string
  readonly displayName: string
  readonly link: string
  readonly days: number
}

const texts = {
  en: ({ legalName, invitedBy, displayName, link, days }: InvitationLetter) => ({
    subject: `${invitedBy} invites you to ${legalName}`,
    text: `Hello ${displayName},

${invitedBy} invites you to work with ${legalName}. To take up your place, open this link and sign in, or make an account:

${link}

The link opens once, within ${days} days. If you do not know ${legalName}, leave this message alone: nothing happens.
`,
  }),
  fr: ({ legalName, invitedBy, displayName, link, days }: InvitationLetter) => ({
    subject: `${invitedBy} vous invite chez ${legalName}`,
    text: `Bonjour ${displayName},

${invitedBy} vous invite à travailler avec ${legalName}. Pour prendre votre place, ouvrez ce lien et connectez-vous, ou créez un compte :

${link}

Le lien s’ouvre une seule fois, dans les ${days} jours. Si vous ne connaissez pas ${legalName}, laissez ce message : il ne se passera rien.
`,
  }),
  es: ({ legalName, invitedBy, displayName, link, days }: InvitationLetter) => ({
    subject: `${invitedBy} le invita a ${legalName}`,
    text: `Hola, ${displayName}:

${invitedBy} le invita a trabajar con ${legalName}. Para ocupar su puesto, abra este enlace e inicie sesión, o cree una cuenta:

${link}

El enlace se abre una sola vez, en un plazo de ${days} días. Si no conoce ${legalName}, no haga nada: no ocurrirá nada.
`,
  }),
}

/** Subject and text of an invitation in the language of a BCP 47 locale, or else in English. */
export function invitationMail(locale: string, letter: InvitationLetter): { subject: string; text: string } {
  const { language } = new Intl.Locale(locale)
  const write = language === 'fr' || language === 'es' ? texts[language] : texts.en
  return write(letter)
}
