import { refusal } from '../platform/refusal.ts'

export const jurisdictionNotFound = refusal('tax_jurisdiction_not_found', 422, 'There is no such tax jurisdiction')
export const jurisdictionsApart = refusal(
  'tax_jurisdictions_apart',
  422,
  'A branch stands in one country, and not both in a place and in one that stands in for it',
)
export const placeTooWide = refusal(
  'tax_place_too_wide',
  422,
  'The states or provinces here tax too: say in which of them the branch stands',
)
export const rateNotFound = refusal('tax_rate_not_found', 422, 'There is no rate for this class here on this day')
