import { UnstyledButton, VisuallyHidden } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { type Step, steps, type useStep } from './use-import.ts'
import { useImportWords } from './words.ts'

/** The steps of an import: where it is, what is behind it, and those that can be gone back to. */
export function Steps(props: ReturnType<typeof useStep> & { isOver: boolean }) {
  const t = useImportWords()
  const { step, own, open, go } = props
  const at = props.isOver ? steps.length : steps.indexOf(own)
  return (
    <ol className="import-steps" aria-label={t('steps')}>
      {steps.map((one, index) => {
        const isBehind = index < at
        const name = t(`step-${one}`)
        const inside = (
          <>
            {isBehind ? <IconCheck size={16} aria-hidden /> : null}
            {name}
            {isBehind ? <VisuallyHidden> ({t('done')})</VisuallyHidden> : null}
          </>
        )
        return (
          <li
            key={one}
            data-state={stateOf(index, at)}
            data-shown={one === step || undefined}
            {...(one === step ? { 'aria-current': 'step' as const } : {})}
          >
            {open.includes(one) && one !== step ? (
              <UnstyledButton onClick={() => go(asOf(one, own))}>{inside}</UnstyledButton>
            ) : (
              <span>{inside}</span>
            )}
          </li>
        )
      })}
    </ol>
  )
}

/** That of the state needs no name in the address. */
const asOf = (step: Step, own: Step) => (step === own ? undefined : step)

function stateOf(index: number, at: number): 'done' | 'now' | 'later' {
  if (index < at) return 'done'
  return index === at ? 'now' : 'later'
}
