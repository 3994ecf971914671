import type { Output } from '../api.ts'
import { useBranches, useWorkplace } from '../identity/session.ts'
import { useWholeList } from '../ui/whole-list.ts'
import { usePeopleWords, useRoleName } from './people-words.ts'

export type Employee = Output<'tenants.get-employee'>
export type Role = Output<'tenants.get-role'>

/** Roles as choices; nobody gives what they do not hold. */
export function useRoles() {
  const roles = useWholeList('tenants.list-roles', {})
  const nameOf = useRoleName()
  const { permissions, roles: held } = useWorkplace()
  const holdsAll = roles.some(({ id, permissions: its }) => its.includes('*') && held.some((one) => one.id === id))
  const mayGive = (role: Role) => holdsAll || role.permissions.every((one) => permissions.includes(one))
  return {
    roles,
    choices: roles.map((role) => ({ value: role.id, label: nameOf(role), disabled: !mayGive(role) })),
    rolesOf: ({ role_ids }: Pick<Employee, 'role_ids'>) =>
      roles
        .filter(({ id }) => role_ids.includes(id))
        .map(nameOf)
        .join(', '),
  }
}

/** Where people may be confined to, as choices. */
export function usePlaces() {
  const { branches } = useBranches()
  const asChoices = (items: readonly { id: string; name: string }[]) =>
    items.map(({ id, name }) => ({ value: id, label: name }))
  const entities = useWholeList('tenants.list-entities', {})
  const regions = useWholeList('tenants.list-regions', {})
  return {
    entities: entities.map(({ id, legal_name }) => ({ value: id, label: legal_name })),
    regions: asChoices(regions),
    branches: asChoices(branches),
  }
}

/** Where somebody works, in words. */
export function useWorksIn(): (employee: Pick<Employee, 'scope'>) => string {
  const t = usePeopleWords()
  const { entities, regions, branches } = usePlaces()
  const named = [...entities, ...regions, ...branches]
  return ({ scope }) => {
    if (scope === null) return t('whole')
    const ids = [...scope.entity_ids, ...scope.region_ids, ...scope.branch_ids]
    return named
      .filter(({ value }) => ids.includes(value))
      .map(({ label }) => label)
      .join(', ')
  }
}
