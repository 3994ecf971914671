import {
  IconAddressBook,
  IconAlertTriangle,
  IconBox,
  IconCash,
  IconCashRegister,
  IconClipboardCheck,
  IconCloudUpload,
  IconDeviceTablet,
  IconFileImport,
  IconHome,
  IconListCheck,
  IconPackages,
  IconReceipt,
  IconReportAnalytics,
  IconSettings,
  IconShieldCheck,
  IconShoppingCartPlus,
  IconTag,
  IconTransfer,
  IconUsers,
} from '@tabler/icons-react'
import type { OperationName } from './api.ts'
import { useMay, useWorkplace } from './identity/session.ts'
import { defineWords } from './ui/words.ts'

export const useNavigationWords = defineWords('navigation', {
  home: ['Home', 'Accueil', 'الرئيسية'],
  till: ['Till', 'Caisse', 'نقطة البيع'],
  cash: ['Cash control', 'Suivi de caisse', 'النقد والخزنة'],
  registers: ['Registers', 'Postes de caisse', 'صناديق البيع'],
  sync: ['Offline sales', 'Ventes hors ligne', 'مبيعات دون اتصال'],
  sales: ['Sales', 'Ventes', 'المبيعات'],
  products: ['Products', 'Produits', 'المنتجات'],
  prices: ['Price lists', 'Listes de prix', 'قوائم الأسعار'],
  parties: ['Customers & suppliers', 'Clients et fournisseurs', 'العملاء والموردون'],
  stock: ['Stock', 'Stock', 'المخزون'],
  transfers: ['Transfers', 'Transferts', 'التحويلات'],
  counts: ['Counts', 'Inventaires', 'الجرد'],
  recalls: ['Recalls', 'Rappels de lots', 'سحب التشغيلات'],
  reorder: ['Reorder', 'Réapprovisionnement', 'إعادة الطلب'],
  reports: ['Reports', 'Rapports', 'التقارير'],
  imports: ['Imports', 'Imports', 'الاستيراد'],
  quality: ['Data quality', 'Qualité des données', 'جودة البيانات'],
  integrity: ['Integrity', 'Intégrité', 'السلامة'],
  people: ['People', 'Équipe', 'فريق العمل'],
  settings: ['Settings', 'Paramètres', 'الإعدادات'],
  account: ['Your account', 'Votre compte', 'حسابك'],
})

/** A place of the app; it is shown to whoever may use its operation. */
export interface Place {
  readonly to: string
  readonly word: Parameters<ReturnType<typeof useNavigationWords>>[0]
  readonly icon: typeof IconHome
  readonly operation?: OperationName
  /** What it shows depends on permissions: it is shown to whoever has one of these. */
  readonly permissions?: readonly string[]
}

/** The places of the app in the order of the menu. */
export const places: readonly Place[] = [
  { to: '/', word: 'home', icon: IconHome },
  { to: '/till', word: 'till', icon: IconCashRegister, operation: 'sales.checkout' },
  { to: '/sales', word: 'sales', icon: IconReceipt, operation: 'sales.list-sales' },
  { to: '/cash', word: 'cash', icon: IconCash, operation: 'cash.list-sessions' },
  { to: '/sync', word: 'sync', icon: IconCloudUpload, operation: 'sync.list-exceptions' },
  { to: '/products', word: 'products', icon: IconPackages, operation: 'catalog.list-products' },
  { to: '/price-lists', word: 'prices', icon: IconTag, operation: 'pricing.list-price-lists' },
  { to: '/stock', word: 'stock', icon: IconBox, operation: 'inventory.list-levels' },
  { to: '/reorder', word: 'reorder', icon: IconShoppingCartPlus, operation: 'replenishment.list-alerts' },
  { to: '/transfers', word: 'transfers', icon: IconTransfer, operation: 'transfers.list-transfers' },
  { to: '/counts', word: 'counts', icon: IconClipboardCheck, operation: 'counts.list-counts' },
  { to: '/recalls', word: 'recalls', icon: IconAlertTriangle, operation: 'recalls.list-recalls' },
  { to: '/parties', word: 'parties', icon: IconAddressBook, operation: 'parties.list-parties' },
  {
    ...{ to: '/reports', word: 'reports', icon: IconReportAnalytics },
    permissions: ['reports.read-sales', 'reports.read-stock', 'reports.read-cash'],
  },
  { to: '/registers', word: 'registers', icon: IconDeviceTablet, operation: 'registers.list-registers' },
  { to: '/imports', word: 'imports', icon: IconFileImport, operation: 'imports.list-imports' },
  { to: '/quality', word: 'quality', icon: IconListCheck, operation: 'quality.list-rules' },
  { to: '/integrity', word: 'integrity', icon: IconShieldCheck, operation: 'integrity.list-certificates' },
  { to: '/people', word: 'people', icon: IconUsers, operation: 'tenants.list-employees' },
  { to: '/settings', word: 'settings', icon: IconSettings, operation: 'settings.list-settings' },
]

/** Asks whether a place of the app is for whoever is signed in. */
export function useMayGo(): (place: Place) => boolean {
  const may = useMay()
  const { permissions: held } = useWorkplace()
  return ({ operation, permissions }) =>
    (operation === undefined || may(operation)) && (permissions?.some((one) => held.includes(one)) ?? true)
}
