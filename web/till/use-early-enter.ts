import { useEffect, useEffectEvent } from 'react'

/**
 * Takes keys that are quicker than the dialog in front: an Enter that comes before it has the focus would go to the field behind.
 * With `scanned` it also takes what a scanner sends meanwhile, which is a keyboard that ends with Enter, and hands the code over.
 */
export function useEarlyEnter(act: () => void, scanned?: (code: string) => void): void {
  const enter = useEffectEvent((event: KeyboardEvent, code: string) => {
    const isInDialog = (event.target as Element).closest('[role="dialog"]') !== null
    if (isInDialog && code === '') return
    event.preventDefault()
    event.stopPropagation()
    if (scanned && code !== '') scanned(code)
    else act()
  })
  const isScanning = scanned !== undefined
  useEffect(() => {
    let code = ''
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Enter') enter(event, code)
      else if (isScanning && event.ctrlKey && event.key === ']') code += '\u001d'
      else if (isScanning && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey)
        code += event.key === ' ' ? '' : event.key
    }
    addEventListener('keydown', onKey, { capture: true })
    return () => removeEventListener('keydown', onKey, { capture: true })
  }, [isScanning])
}
