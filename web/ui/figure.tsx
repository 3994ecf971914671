import { SimpleGrid, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import './tag.css'
import type { Tone } from './tag.tsx'

interface FigureProps {
  readonly label: string
  readonly value: ReactNode
  /** What more there is to say, below. */
  readonly about?: ReactNode
  readonly tone?: Tone
  /** It chooses what the page shows; pressed while that is shown. */
  readonly onPress?: () => void
  readonly isPressed?: boolean
}

/** Figures side by side, as many as there is room for. */
export function Figures({ children, columns = 4 }: { children: ReactNode; columns?: number }) {
  return <SimpleGrid cols={{ base: 1, xs: 2, md: columns }}>{children}</SimpleGrid>
}

/** A number, what it is of, and how pressing. */
export function Figure({ label, value, about, tone = 'plain', onPress, isPressed = false }: FigureProps) {
  const inside = (
    <>
      <Text size="sm" fw={600} component="span">
        {label}
      </Text>
      <span className="figure-value">{value}</span>
      {about === undefined ? null : (
        <Text size="sm" c="dimmed" component="span">
          {about}
        </Text>
      )}
    </>
  )
  if (!onPress) {
    return (
      <div className="figure" data-tone={tone}>
        {inside}
      </div>
    )
  }
  return (
    <button type="button" className="figure" data-tone={tone} aria-pressed={isPressed} onClick={onPress}>
      {inside}
    </button>
  )
}
