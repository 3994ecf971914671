import { describe, expect, test } from 'vitest'
import { type CellKind, type Conventions, readCell } from './index.ts'

const point = { decimal: '.' } as const
const comma = { decimal: ',' } as const
const dmy = { date_order: 'dmy' } as const
const mdy = { date_order: 'mdy' } as const
const ymd = { date_order: 'ymd' } as const

const values: [CellKind, string, Conventions, unknown][] = [
  ['text', '  Thé vert ', {}, 'Thé vert'],
  ['text', '   ', {}, null],
  ['amount', '', {}, null],
  ['code', '00042', {}, '00042'],
  ['code', '17850.0', { are_codes_floats: true }, '17850'],
  ['code', '1.0.0', {}, '1.0.0'],
  ['code', '85123a', {}, '85123a'],
  ['amount', '1,234.50', point, '1234.5'],
  ['amount', '1.234,50', comma, '1234.5'],
  ['amount', '1 234,50', comma, '1234.5'],
  ['amount', '1\u202f234,50 €', comma, '1234.5'],
  ['amount', "1'234.50", point, '1234.5'],
  ['amount', '1,234', point, '1234'],
  ['amount', '1.234', comma, '1234'],
  ['amount', '£2.55', point, '2.55'],
  ['amount', '-£2.55', point, '-2.55'],
  ['amount', 'MAD 12,50', comma, '12.5'],
  ['amount', '12.50 DH', point, '12.5'],
  ['amount', '(12.50)', point, '-12.5'],
  ['amount', '12.50-', point, '-12.5'],
  ['amount', '\u221212.50', point, '-12.5'],
  ['amount', '٢٥٫٥٠', comma, '25.5'],
  ['amount', '-0.00', point, '0'],
  ['amount', '007.10', point, '7.1'],
  ['amount', '.5', point, '0.5'],
  ['amount', '8e-05', point, '0.00008'],
  ['amount', '1.5E+3', point, '1500'],
  ['amount', '0.001', point, '0.001'],
  ['amount', '12.50', {}, '12.5'],
  ['amount', '12,50', {}, '12.5'],
  ['amount', '1.234,5', {}, '1234.5'],
  ['amount', '1,234,567', {}, '1234567'],
  ['quantity', '-6', {}, '-6'],
  ['percentage', '20 %', {}, '20'],
  ['percentage', '5,5%', comma, '5.5'],
  ['integer', '6', {}, 6],
  ['integer', '6.0', point, 6],
  ['integer', '1 200', {}, 1200],
  ['date', '2026-08-31', dmy, '2026-08-31'],
  ['date', '2026/8/3', {}, '2026-08-03'],
  ['date', '20260831', {}, '2026-08-31'],
  ['date', '31/08/2026', dmy, '2026-08-31'],
  ['date', '31.8.2026', {}, '2026-08-31'],
  ['date', '08-31-2026', mdy, '2026-08-31'],
  ['date', '05/05/2026', {}, '2026-05-05'],
  ['date', '29/02/2024', dmy, '2024-02-29'],
  ['date', '2026-08-31 00:00:00', {}, '2026-08-31'],
  ['date', '31 août 2026', {}, '2026-08-31'],
  ['date', '1er janvier 2026', {}, '2026-01-01'],
  ['date', 'Aug 31, 2026', {}, '2026-08-31'],
  ['date', '31-Aug-2026', {}, '2026-08-31'],
  ['date', '٣١ غشت ٢٠٢٦', {}, '2026-08-31'],
  ['date', '31 أغسطس 2026', {}, '2026-08-31'],
  ['moment', '2010-12-01 08:26:00', ymd, '2010-12-01T08:26:00'],
  ['moment', '01/12/2010 8:26', dmy, '2010-12-01T08:26:00'],
  ['moment', '12/1/2010 8:26 PM', mdy, '2010-12-01T20:26:00'],
  ['moment', '2010-12-01T08:26:00Z', {}, '2010-12-01T08:26:00Z'],
  ['moment', '2010-12-01T08:26:00.5+01', {}, '2010-12-01T08:26:00.5+01:00'],
  ['moment', '2010-12-01', {}, '2010-12-01T00:00:00'],
  ['moment', '2010-07-01 08:26:00', { time_zone: 'Europe/London' }, '2010-07-01T07:26:00.000Z'],
  ['moment', '2010-10-31 01:30:00', { time_zone: 'Europe/London' }, '2010-10-31T00:30:00.000Z'],
  ['boolean', 'Oui', {}, true],
  ['boolean', 'لا', {}, false],
  ['boolean', '0', {}, false],
]

const faults: [CellKind, string, Conventions, string, string | null][] = [
  ['text', 'a\0b', {}, 'text_malformed', null],
  ['code', '17850.0', {}, 'code_is_float', '17850'],
  ['code', '5.90123E+12', {}, 'code_is_rounded', null],
  ['code', '5.901234123457E+12', {}, 'code_is_rounded', '5901234123457'],
  ['amount', '12,50', point, 'decimal_sign_wrong', '12.5'],
  ['amount', '12.50', comma, 'decimal_sign_wrong', '12.5'],
  ['amount', '0,125', point, 'decimal_sign_wrong', '0.125'],
  ['amount', '1.234,5', point, 'decimal_sign_wrong', '1234.5'],
  ['amount', '1,234', {}, 'decimal_ambiguous', null],
  ['amount', '1.234', {}, 'decimal_ambiguous', null],
  ['amount', '1,23,4', point, 'number_malformed', null],
  ['amount', '1.2.3', {}, 'number_malformed', null],
  ['amount', 'free', point, 'number_malformed', null],
  ['amount', '--5', point, 'number_malformed', null],
  ['amount', '1e999', point, 'number_malformed', null],
  ['quantity', '3 kg', point, 'number_malformed', null],
  ['integer', '6.5', point, 'not_whole', null],
  ['integer', '99999999999999999', point, 'number_too_large', null],
  ['date', '03/04/2026', {}, 'date_order_ambiguous', null],
  ['date', '31/08/2026', mdy, 'date_order_wrong', '2026-08-31'],
  ['date', '31/08/2026', ymd, 'date_order_wrong', '2026-08-31'],
  ['date', '30/02/2026', dmy, 'date_impossible', null],
  ['date', '2026-13-01', {}, 'date_impossible', null],
  ['date', '29/02/2026', dmy, 'date_impossible', null],
  ['date', '31/08/26', dmy, 'year_of_two_digits', '2026-08-31'],
  ['date', '08/2026', {}, 'date_without_day', '2026-08-31'],
  ['date', '2026-02', {}, 'date_without_day', '2026-02-28'],
  ['date', '46265', {}, 'date_is_serial', '2026-08-31'],
  ['date', 'soon', {}, 'date_malformed', null],
  ['moment', '03/04/2026 10:00', {}, 'date_order_ambiguous', null],
  ['moment', '31/08/2026 10:00', mdy, 'date_order_wrong', '2026-08-31T10:00:00'],
  ['moment', '2026-08-31 25:00', {}, 'moment_malformed', null],
  ['moment', '2010-03-28 01:30:00', { time_zone: 'Europe/London' }, 'moment_skipped', null],
  ['boolean', 'maybe', {}, 'boolean_unknown', null],
]

describe('a cell is read exactly, or it is told why not', () => {
  test.each(values)('%s %j by %j is %j', (kind, text, conventions, value) => {
    expect(readCell(kind, text, conventions)).toEqual({ value })
  })

  test.each(faults)('%s %j by %j is refused with %s', (kind, text, conventions, fault, suggested) => {
    expect(readCell(kind, text, conventions)).toEqual({ fault, suggested })
  })
})
