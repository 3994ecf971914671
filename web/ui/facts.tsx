import { Box, SimpleGrid, Text } from '@mantine/core'
import type { ReactNode } from 'react'

/** What is known of something, name by name; what is not known is left out. */
export function Facts({ of, columns = 4 }: { of: readonly (readonly [string, ReactNode])[]; columns?: number }) {
  const known = of.filter(([, value]) => value !== null && value !== undefined && value !== '')
  return (
    <SimpleGrid component="dl" cols={{ base: 2, md: columns }} m={0} verticalSpacing="sm">
      {known.map(([name, value]) => (
        <Box key={name} style={{ minWidth: 0 }}>
          <Text component="dt" size="xs" c="dimmed">
            {name}
          </Text>
          <Text component="dd" size="sm" m={0} style={{ overflowWrap: 'anywhere' }}>
            {value}
          </Text>
        </Box>
      ))}
    </SimpleGrid>
  )
}
