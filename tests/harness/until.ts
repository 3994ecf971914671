import { setTimeout as pause } from 'node:timers/promises'

type Truthy<T> = Exclude<T, false | 0 | '' | null | undefined>

/** Waits until a condition holds; fails after `seconds` with what was waited for. */
export async function until<T>(what: string, condition: () => Promise<T> | T, seconds = 20): Promise<Truthy<T>> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const value = await condition()
    if (value) return value as Truthy<T>
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`)
    await pause(20)
  }
}
