import { Alert, Button, Group } from '@mantine/core'
import { createContext, Fragment, type ReactNode, useCallback, useState } from 'react'
import { useCommonWords } from './common-words.ts'

/** Whether somebody has changed a form, or it is on its way. */
export type FormState = 'untouched' | 'changed' | 'sending'

/** A form that is held says here how it stands. */
export const Holding = createContext<((state: FormState) => void) | undefined>(undefined)

/**
 * Shows a form of the version that was read first, for as long as somebody has typed into it: what others saved meanwhile takes
 * nothing away, and is shown when they ask for it. An untouched form follows.
 */
export function Held<T extends { readonly version: number }>(props: { of: T; children: (held: T) => ReactNode }) {
  const t = useCommonWords()
  const [held, setHeld] = useState(props.of)
  const [state, setState] = useState<FormState>('untouched')
  const report = useCallback((next: FormState) => setState(next), [])
  const isOutdated = held.version !== props.of.version
  if (isOutdated ? state === 'untouched' : held !== props.of) setHeld(props.of)
  const reload = () => {
    setState('untouched')
    setHeld(props.of)
  }
  return (
    <Holding value={report}>
      {isOutdated && state === 'changed' ? (
        <Alert color="yellow" role="status" mb="sm">
          <Group justify="space-between">
            {t('changedMeanwhile')}
            <Button variant="default" size="xs" onClick={reload}>
              {t('loadAnew')}
            </Button>
          </Group>
        </Alert>
      ) : null}
      <Fragment key={held.version}>{props.children(held)}</Fragment>
    </Holding>
  )
}
