import { createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import type { OperationName } from './api.ts'
import { rootRoute, routing, tillRoute } from './frame.tsx'
import { readMe, readWorkplace } from './identity/session.ts'

const root = rootRoute()

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { to?: string } =>
    // Only to pages of this app: an address elsewhere would lead people away after they have signed in.
    typeof search.to === 'string' && /^\/(?!\/)/.test(search.to) ? { to: search.to } : {},
  component: lazyRouteComponent(() => import('./identity/sign-in.tsx'), 'SignIn'),
})

/** Pages for whoever works in a tenant. */
const workplace = createRoute({
  getParentRoute: () => root,
  id: 'workplace',
  beforeLoad: async ({ location }) => {
    if ((await readMe()) === null) throw redirect({ to: '/sign-in', search: { to: location.href } })
    if ((await readWorkplace()) === null) throw redirect({ to: '/no-place' })
  },
  component: lazyRouteComponent(() => import('./shell.tsx'), 'Shell'),
})

const noPlace = createRoute({
  getParentRoute: () => root,
  path: '/no-place',
  beforeLoad: async () => {
    if ((await readMe()) === null) throw redirect({ to: '/sign-in' })
  },
  component: lazyRouteComponent(() => import('./tenants/no-place.tsx'), 'NoPlace'),
})

const pages = [
  page('/', () => import('./home/home.tsx'), 'Home'),
  page('/account', () => import('./identity/account.tsx'), 'Account'),
  page('/cash', () => import('./cash/sessions.tsx'), 'Sessions'),
  page('/cash/safe', () => import('./cash/safe.tsx'), 'Safe'),
  page('/cash/$id', () => import('./cash/session.tsx'), 'Session'),
  page('/cash/$id/report', () => import('./cash/report-page.tsx'), 'ReportPage'),
  page('/registers', () => import('./registers/registers.tsx'), 'Registers'),
  page('/registers/devices', () => import('./registers/devices.tsx'), 'Devices'),
  page('/registers/devices/$id', () => import('./registers/device.tsx'), 'Device'),
  page('/sync', () => import('./sync/exceptions.tsx'), 'Exceptions'),
  page('/sync/set-aside', () => import('./sync/set-aside.tsx'), 'SetAside', 'sync.list-set-aside'),
  page('/products', () => import('./catalog/products.tsx'), 'Products'),
  page('/products/$id', () => import('./catalog/product.tsx'), 'Product'),
  page('/categories', () => import('./catalog/categories.tsx'), 'Categories', 'catalog.list-categories'),
  page('/price-lists', () => import('./pricing/price-lists.tsx'), 'PriceLists'),
  page('/price-lists/$id', () => import('./pricing/price-list.tsx'), 'PriceList'),
  page('/parties', () => import('./parties/parties.tsx'), 'Parties'),
  page('/parties/$id', () => import('./parties/party.tsx'), 'Party'),
  page('/customer-groups', () => import('./parties/groups.tsx'), 'Groups', 'parties.list-groups'),
  page('/sales', () => import('./sales/sales.tsx'), 'Sales'),
  page('/sales/$id', () => import('./sales/sale.tsx'), 'Sale'),
  page('/sales/earlier', () => import('./history/documents.tsx'), 'Documents', 'history.list-documents'),
  page('/sales/earlier/$id', () => import('./history/document.tsx'), 'Document', 'history.get-document'),
  page('/stock', () => import('./inventory/levels.tsx'), 'Levels'),
  page('/stock/goods/$variantId', () => import('./inventory/goods-detail.tsx'), 'GoodsDetail'),
  page('/stock/batches', () => import('./inventory/expiring.tsx'), 'Expiring'),
  page('/stock/batches/$id', () => import('./inventory/batch-detail.tsx'), 'BatchDetail'),
  page('/stock/movements', () => import('./inventory/movements.tsx'), 'Movements'),
  page('/stock/quarantine', () => import('./inventory/quarantine.tsx'), 'Quarantine'),
  page('/stock/receive', () => import('./inventory/receive.tsx'), 'Receive', 'inventory.receive-stock'),
  page('/transfers', () => import('./transfers/transfers.tsx'), 'Transfers'),
  page('/transfers/new', () => import('./transfers/new-transfer.tsx'), 'NewTransfer', 'transfers.create-transfer'),
  page('/transfers/$id', () => import('./transfers/transfer-detail.tsx'), 'TransferDetail'),
  page('/counts', () => import('./counts/counts.tsx'), 'Counts'),
  page('/counts/$id', () => import('./counts/count-detail.tsx'), 'CountDetail'),
  page('/recalls', () => import('./recalls/recalls.tsx'), 'Recalls'),
  page('/recalls/new', () => import('./recalls/open-recall.tsx'), 'OpenRecall', 'recalls.open-recall'),
  page('/recalls/$id', () => import('./recalls/recall-detail.tsx'), 'RecallDetail'),
  page('/reorder', () => import('./replenishment/alerts.tsx'), 'Alerts'),
  page('/reorder/plan', () => import('./replenishment/order-plan.tsx'), 'OrderPlan'),
  page('/reorder/policies', () => import('./replenishment/policies.tsx'), 'Policies'),
  page('/reports', () => import('./reports/reports.tsx'), 'Reports'),
  page('/reports/$report', () => import('./reports/report.tsx'), 'ReportPage'),
  page('/imports', () => import('./imports/imports.tsx'), 'Imports'),
  page('/imports/new', () => import('./imports/new-import.tsx'), 'NewImport', 'imports.create-import'),
  page('/imports/$id', () => import('./imports/import-page.tsx'), 'ImportPage'),
  page('/quality', () => import('./quality/rules.tsx'), 'Rules'),
  page('/quality/runs', () => import('./quality/runs.tsx'), 'Runs', 'quality.list-runs'),
  page('/quality/runs/$id', () => import('./quality/run-page.tsx'), 'RunPage', 'quality.get-run'),
  page('/integrity', () => import('./integrity/certificates.tsx'), 'Certificates'),
  page('/integrity/$id', () => import('./integrity/certificate-page.tsx'), 'CertificatePage'),
  page('/people', () => import('./tenants/people.tsx'), 'People'),
  page('/people/roles', () => import('./tenants/roles.tsx'), 'Roles', 'tenants.create-role'),
  page('/people/roles/$id', () => import('./tenants/role.tsx'), 'RolePage', 'tenants.create-role'),
  page('/people/$id', () => import('./tenants/person.tsx'), 'Person'),
  page('/settings', () => import('./settings/settings.tsx'), 'Settings'),
  page('/settings/profile', () => import('./settings/profile.tsx'), 'Profile', 'tenants.update-tenant'),
  page('/settings/entities', () => import('./settings/entities.tsx'), 'Entities', 'tenants.update-entity'),
  page('/settings/features', () => import('./settings/features.tsx'), 'Features', 'tenants.set-features'),
  page('/settings/branches', () => import('./settings/branches.tsx'), 'Branches', 'tenants.create-branch'),
  page('/settings/api-keys', () => import('./settings/api-keys.tsx'), 'ApiKeys', 'tenants.list-api-keys'),
] as const

export const router = createRouter({
  routeTree: root.addChildren([signIn, noPlace, tillRoute(root), workplace.addChildren([...pages])]),
  ...routing,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

/** A page inside the shell, for whoever may use its operation; without one given, that of its place in the menu. */
function page<P extends string, M extends Record<string, unknown>, K extends keyof M & string>(
  path: P,
  load: () => Promise<M>,
  name: K,
  operation?: OperationName,
) {
  return createRoute({
    getParentRoute: () => workplace,
    path,
    staticData: { operation },
    component: lazyRouteComponent(load as never, name as never),
  })
}
