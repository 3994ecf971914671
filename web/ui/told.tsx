import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { type Said, sayFields, sayProblem } from './problem.ts'

/** What a person is told of an error: in their language, and beneath it what only the server tells, in English. */
export function told(error: unknown): ReactNode {
  return <Told {...sayProblem(error)} />
}

/** The same at each field that is refused. */
export function toldFields(error: unknown): [path: string, told: ReactNode][] {
  return Object.entries(sayFields(error)).map(([path, said]) => [path, <Told key={path} {...said} />])
}

/** What is told of the error as a whole, and of those of its fields that nothing on the screen shows. */
export function toldWhole(error: unknown, isShown: (path: string) => boolean = () => false): ReactNode {
  const whole = sayProblem(error)
  const others = Object.entries(sayFields(error)).filter(([path]) => !isShown(path))
  const more = new Map(others.map(([, said]) => [said.said, said]))
  return (
    <>
      <Told {...whole} />
      {[...more.values()]
        .filter(({ said }) => !whole.said.includes(said))
        .map((said) => (
          <Told key={said.said} {...said} />
        ))}
    </>
  )
}

/** What is told, and beneath it what only the server tells. */
export function Told({ said, detail }: Said) {
  return (
    <>
      <Text component="span" inherit display="block">
        {said}
      </Text>
      {detail === undefined ? null : (
        <Text component="span" size="xs" display="block">
          <span lang="en" dir="ltr">
            {detail}
          </span>
        </Text>
      )}
    </>
  )
}
