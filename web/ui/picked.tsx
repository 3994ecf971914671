import { Badge, CloseButton, Group } from '@mantine/core'
import { useCommonWords } from './common-words.ts'

interface Picked<Field extends string> {
  readonly field: Field
  /** Undefined where nothing is picked; … until its name is known. */
  readonly says: string | undefined
}

/** What another page picked, a badge each, to be taken off again. */
export function PickedBadges<Field extends string>(props: {
  readonly picked: readonly Picked<Field>[]
  readonly onClear: (field: Field) => void
}) {
  const common = useCommonWords()
  return (
    <Group gap={4}>
      {props.picked.map(({ field, says }) =>
        says === undefined ? null : (
          <Badge
            key={field}
            size="lg"
            variant="light"
            tt="none"
            rightSection={
              <CloseButton size="xs" aria-label={`${common('clear')}: ${says}`} onClick={() => props.onClear(field)} />
            }
          >
            {says}
          </Badge>
        ),
      )}
    </Group>
  )
}
