import type { Output } from '../api.ts'

export type SaleInFull = Output<'sales.get-sale'>
