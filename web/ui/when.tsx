import { Text } from '@mantine/core'
import type { ReactNode } from 'react'

/** A time that stays on its line. */
export function When({ children }: { children: ReactNode }) {
  return (
    <Text size="sm" component="span" style={{ whiteSpace: 'nowrap' }}>
      {children}
    </Text>
  )
}
