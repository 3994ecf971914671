import { useEffect, useRef } from 'react'

/**
 * Takes an Enter that comes before the dialog in front has the focus: whoever knows the keys is faster than it opens, and the
 * key would go to the field behind.
 */
export function useEarlyEnter(act: () => void): void {
  const latest = useRef(act)
  latest.current = act
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isInDialog = (event.target as Element).closest('[role="dialog"]') !== null
      if (event.key !== 'Enter' || isInDialog) return
      event.preventDefault()
      event.stopPropagation()
      latest.current()
    }
    addEventListener('keydown', onKey, { capture: true })
    return () => removeEventListener('keydown', onKey, { capture: true })
  }, [])
}
