import { setTimeout as pause } from 'node:timers/promises'

/** Waits until a condition holds; fails after `seconds` with what was waited for. */
export async function until<T>(what: string, condition: () => Promise<T> | T, seconds = 20): Promise<NonNullable<T>> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const value = await condition()
    if (value) return value
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`)
    await pause(20)
  }
}
