import { foldText } from '../platform/fold-text.ts'

// As they are written in English, in French, and in Arabic: in the Maghreb of the west and of the east, in Egypt and the Levant.
const names = [
  'january jan janvier janv يناير جانفي كانون_الثاني',
  'february feb février févr fév فبراير فيفري شباط',
  'march mar mars مارس آذار',
  'april apr avril avr أبريل إبريل أفريل نيسان',
  'may mai ماي مايو أيار',
  'june jun juin يونيو يونيه جوان حزيران',
  'july jul juillet juil يوليوز يوليو يوليه جويلية تموز',
  'august aug août aou غشت أغسطس أوت آب',
  'september sep sept septembre شتنبر سبتمبر أيلول',
  'october oct octobre أكتوبر تشرين_الأول',
  'november nov novembre نونبر نوفمبر تشرين_الثاني',
  'december dec décembre déc دجنبر ديسمبر كانون_الأول',
]

const months: ReadonlyMap<string, number> = new Map(
  names.flatMap((line, index) =>
    foldText(line)
      .split(' ')
      .map((name) => [name, index + 1] as const),
  ),
)

/** The number of a month, 1 to 12, by its name or what it is shortened to; undefined for what is none. */
export function monthOf(name: string): number | undefined {
  return months.get(foldText(name))
}
