import { IconBox, IconCashRegister, IconHome } from '@tabler/icons-react'
import type { OperationName } from './api.ts'
import { defineWords } from './ui/words.ts'

export const useNavigationWords = defineWords('navigation', {
  home: ['Home', 'Accueil', 'الرئيسية'],
  till: ['Till', 'Caisse', 'نقطة البيع'],
  stock: ['Stock', 'Stock', 'المخزون'],
  account: ['Your account', 'Votre compte', 'حسابك'],
})

/** A place of the app; it is shown to whoever may use its operation. */
export interface Place {
  readonly to: string
  readonly word: Parameters<ReturnType<typeof useNavigationWords>>[0]
  readonly icon: typeof IconHome
  readonly operation?: OperationName
}

/** The places of the app in the order of the menu. */
export const places: readonly Place[] = [
  { to: '/', word: 'home', icon: IconHome },
  { to: '/till', word: 'till', icon: IconCashRegister, operation: 'sales.checkout' },
  { to: '/stock', word: 'stock', icon: IconBox, operation: 'inventory.list-levels' },
]
