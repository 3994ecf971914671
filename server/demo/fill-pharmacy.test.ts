import { expect, test } from 'vitest'
import { moveDays, moveExpiries } from './fill-pharmacy.ts'

test.each([
  ['the month in which the files were made up', '2026-11-05', '31/12/2026', '31/12/2026'],
  ['a month later', '2026-12-31', '31/12/2026', '31/01/2027'],
  ['a month that is shorter', '2027-01-15', '31/12/2026', '28/02/2027'],
  ['the end of a leap year', '2028-11-01', '28/02/2026', '29/02/2028'],
  ['before', '2026-10-30', '31/01/2027', '31/12/2026'],
])('in %s goods expire at the end of the month that is as far away', (_, today, written, moved) => {
  expect(moveExpiries(`M1;${written};2,50`, today)).toBe(`M1;${moved};2,50`)
})

test.each([
  ['2026-11-22', '21/11/2026 10:41'],
  ['2027-03-01', '28/02/2027 10:41'],
  ['2026-11-01', '31/10/2026 10:41'],
])('on %s the last earlier sale was the day before', (today, moved) => {
  expect(moveDays('T1;21/11/2026 10:41;1', today)).toBe(`T1;${moved};1`)
})
