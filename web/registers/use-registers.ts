import type { Output } from '../api.ts'
import { useWholeList } from '../ui/whole-list.ts'

export type Register = Output<'registers.list-registers'>['items'][number]
export type Device = Output<'registers.list-devices'>['items'][number]

/** All registers they may see, those out of use, too. */
export function useRegisters() {
  const registers = useWholeList('registers.list-registers', {})
  const byId = new Map(registers.map((register) => [register.id, register]))
  return {
    registers,
    registerOf: (id: string | null) => (id === null ? undefined : byId.get(id)),
    /** Its code and name; nothing until it is known. */
    registerName: (id: string | null) => {
      const found = id === null ? undefined : byId.get(id)
      return found ? `${found.code} · ${found.name}` : ''
    },
  }
}

/** What devices are called, and which is at which register. */
export function useDevices() {
  const devices = useWholeList('registers.list-devices', {})
  return {
    deviceName: (id: string) => devices.find((device) => device.id === id)?.name ?? '',
    deviceAt: (registerId: string) => devices.find(({ register_id }) => register_id === registerId),
  }
}
