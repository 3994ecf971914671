/** How labels lie on what they are printed on; in millimetres. */
export interface LabelSize {
  readonly width: number
  readonly height: number
  /** Null: on a roll, each on a page of its own. */
  readonly sheet: Sheet | null
}

export interface Sheet {
  readonly columns: number
  readonly rows: number
  /** From the edge of A4 to the first label. */
  readonly left: number
  readonly top: number
  /** From one label to the beginning of the next. */
  readonly stepX: number
  readonly stepY: number
}

export const a4 = { width: 210, height: 297 } as const

/** The sizes there are: common rolls, and common sheets of A4. */
export const sizes = {
  '40x25': { width: 40, height: 25, sheet: null },
  '50x30': { width: 50, height: 30, sheet: null },
  '70x35': { width: 70, height: 35, sheet: null },
  '100x50': { width: 100, height: 50, sheet: null },
  'a4-21': {
    width: 63.5,
    height: 38.1,
    sheet: { columns: 3, rows: 7, left: 7.2, top: 15.1, stepX: 66, stepY: 38.1 },
  },
  'a4-24': { width: 70, height: 37, sheet: { columns: 3, rows: 8, left: 0, top: 0.5, stepX: 70, stepY: 37 } },
  'a4-65': {
    width: 38.1,
    height: 21.2,
    sheet: { columns: 5, rows: 13, left: 4.7, top: 10.7, stepX: 40.6, stepY: 21.2 },
  },
} as const satisfies Record<string, LabelSize>

export type SizeName = keyof typeof sizes
export const sizeNames = Object.keys(sizes) as SizeName[]
