import type { Phrase } from '../ui/words.ts'

/** What features are called and bring; English is what the server says of them. */
export const featureWords: Readonly<Record<string, { name: Phrase; help: readonly [french: string, arabic: string] }>> =
  {
    ledger: {
      name: ['Books', 'Comptabilité', 'الدفاتر'],
      help: [
        'Comptes, journaux et états. Les écritures sont tenues même sans elle.',
        'الحسابات واليوميات والتقارير. تُمسك الدفاتر حتى دونها.',
      ],
    },
    tax: {
      name: ['Taxes', 'Taxes', 'الضرائب'],
      help: ['Les taux de taxe et leurs montants.', 'نسب الضرائب وما تبلغه.'],
    },
  }
