import { useRead } from '../api.ts'
import { words } from '../ui/words.ts'

/** A country by its code, in the language of the person. */
export function countryName(code: string): string {
  return new Intl.DisplayNames(words.language, { type: 'region' }).of(code) ?? code
}

function currencyName(code: string): string {
  return `${code} · ${new Intl.DisplayNames(words.language, { type: 'currency' }).of(code) ?? code}`
}

interface Choice {
  readonly value: string
  readonly label: string
}

/** Countries by name and currencies by code, to choose from, and the currency that is usual in a country. */
export function usePlaceChoices(): {
  countries: readonly Choice[]
  currencies: readonly Choice[]
  usualCurrency: (country: string) => string | undefined
} {
  const { data: countries } = useRead('reference.list-countries', {}, { staleTime: Number.POSITIVE_INFINITY })
  const { data: currencies } = useRead('reference.list-currencies', {}, { staleTime: Number.POSITIVE_INFINITY })
  return {
    countries: (countries?.items ?? [])
      .map(({ code }) => ({ value: code, label: countryName(code) }))
      .toSorted((one, other) => one.label.localeCompare(other.label, words.language)),
    currencies: (currencies?.items ?? [])
      .filter(({ withdrawn_on }) => withdrawn_on === null)
      .map(({ code }) => ({ value: code, label: currencyName(code) })),
    usualCurrency: (country) => countries?.items.find(({ code }) => code === country)?.currency ?? undefined,
  }
}
