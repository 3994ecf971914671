/** What refusals say in French and Arabic, by their codes; English is what the server says. */
export type RefusalWords = Readonly<Record<string, readonly [french: string, arabic: string]>>
