import { Outlet, useMatches } from '@tanstack/react-router'
import type { OperationName } from './api.ts'
import { useMay } from './identity/session.ts'
import { type Place, places, useMayGo } from './navigation.ts'
import { MayNot } from './ui/may-not.tsx'

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    /** A page is shown to whoever may use it. */
    operation?: OperationName | undefined
  }
}

/** The page that was gone to, or that it is not for this person. What a page does not say, its place in the menu does. */
export function Gate() {
  const may = useMay()
  const mayGo = useMayGo()
  const { operation, path } = useMatches({
    select: (matches) => {
      const page = matches.at(-1)
      return { operation: page?.staticData.operation, path: page?.fullPath ?? '' }
    },
    structuralSharing: true,
  })
  const place = placeAt(path)
  const isOpen = operation === undefined ? place === undefined || mayGo(place) : may(operation)
  return isOpen ? <Outlet /> : <MayNot />
}

/** The place in the menu which a page is part of. */
function placeAt(path: string): Place | undefined {
  const found = places.filter(({ to }) => path === to || (to !== '/' && path.startsWith(`${to}/`)))
  return found.toSorted((one, other) => other.to.length - one.to.length)[0]
}
